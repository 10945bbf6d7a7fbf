import { useClient } from '@parley/react'
import { LogOut } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { SelectField, Switch, TextField } from '../ui/field.tsx'
import { chooseLanguage, chosenLanguage } from '../ui/language.ts'
import { setTheme, themes, useTheme } from '../ui/theme.ts'
import { preferNotifications } from './attention/attention.ts'
import { ring } from './attention/sound.ts'
import { useOutbox } from './composer/outbox.ts'
import { Confirm, reasonOf } from './list/conversation-dialogs.tsx'
import { prefer, usePreferences } from './preferences.ts'
import { signOut, useSession } from './session/session.ts'
import { clocks } from './texts/dates.ts'
import { languages, texts } from './texts/texts.ts'

/** The choice that leaves the language to the browser. */
const asBrowser = 'browser'

/** What the user can set, and the way out. */
export function Settings({ onClose }: { onClose(): void }) {
  const client = useClient()
  const { identity } = useSession()
  const theme = useTheme()
  const { enterSends, clock, notifies, sounds, showsWires } = usePreferences()
  const [isBlocked, setBlocked] = useState(false)
  const [name, setName] = useState(client?.user.friendlyName ?? '')
  const [problem, setProblem] = useState<string | null>(null)
  const unsent = useOutbox((outbox) => outbox.unsent.length)
  const [isLeaving, setLeaving] = useState(false)
  const leave = () => {
    // Behind it is said how that gets on.
    onClose()
    void signOut()
  }

  const save = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await client?.user.updateFriendlyName(name.trim())
      onClose()
    } catch (error) {
      setProblem(reasonOf(error))
    }
  }

  return (
    <Dialog title={texts.settings.title} closeLabel={texts.close} onClose={onClose}>
      <p className="text-muted">{texts.settings.signedInAs(identity)}</p>
      <form onSubmit={save} className="flex flex-col gap-4">
        <TextField
          label={texts.settings.displayName}
          placeholder={identity}
          error={problem}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={texts.settings.theme}
          value={theme}
          onChoose={setTheme}
          choices={themes.map((value) => ({ value, label: texts.settings.themes[value] }))}
        />
        <SelectField
          label={texts.settings.language}
          value={chosenLanguage() ?? asBrowser}
          onChoose={(value) => chooseLanguage(value === asBrowser ? null : value)}
          choices={[
            { value: asBrowser, label: texts.settings.browserLanguage },
            ...Object.entries(languages).map(([value, { languageName }]) => ({ value, label: languageName })),
          ]}
        />
        <SelectField
          label={texts.settings.clock}
          value={clock}
          onChoose={(value) => prefer({ clock: value })}
          choices={clocks.map((value) => ({ value, label: texts.settings.clocks[value] }))}
        />
        <Switch label={texts.settings.enterSends} checked={enterSends} onChange={(checked) => prefer({ enterSends: checked })} />
        <div>
          <Switch
            label={texts.settings.notifies}
            checked={notifies}
            onChange={(checked) => void preferNotifications(checked).then((isAllowed) => setBlocked(!isAllowed))}
          />
          <p aria-live="polite" className="text-sm text-danger empty:hidden">
            {isBlocked && texts.settings.notificationsBlocked}
          </p>
        </div>
        <Switch
          label={texts.settings.sounds}
          checked={sounds}
          onChange={(checked) => {
            prefer({ sounds: checked })
            // So that one knows what to listen for; and browsers let a page be heard from a click on.
            if (checked) ring()
          }}
        />
        <Switch label={texts.settings.showsWires} checked={showsWires} onChange={(checked) => prefer({ showsWires: checked })} />
        <DialogActions>
          <Button icon={LogOut} onClick={() => (unsent > 0 ? setLeaving(true) : leave())}>
            {texts.settings.signOut}
          </Button>
          <Button type="submit" look="primary">
            {texts.settings.save}
          </Button>
        </DialogActions>
      </form>
      {isLeaving && (
        <Confirm
          title={texts.settings.leaveTitle}
          about={texts.settings.leaveAbout(unsent)}
          action={texts.settings.signOut}
          onClose={() => setLeaving(false)}
          onSubmit={async () => leave()}
        />
      )}
    </Dialog>
  )
}
