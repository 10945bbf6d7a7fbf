import { LogOut } from 'lucide-react'
import { useId } from 'react'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Link } from '../../ui/link.tsx'
import { goTo } from '../../ui/navigation.ts'
import { setTheme, type Theme, themes, useTheme } from '../../ui/theme.ts'
import { root, useAddress } from '../address.ts'
import { paths } from '../paths.ts'
import { sections } from '../sections.ts'
import { signOut, useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'
import { useCurrentService, useServices } from './current-service.ts'
import { tell } from './notice.tsx'
import { pageAt, type Section } from './section.ts'

const groups = ['account', 'service', 'server'] as const

/** Where one can go, who is signed in, and the way out. `onChoose` is told when a way was chosen. */
export function Navigation({ onChoose }: { onChoose?: () => void }) {
  const { path } = useAddress()
  const service = useCurrentService()
  const current = pageAt(sections, path)?.section

  const hrefOf = ({ pages: [{ pattern }] }: Section) => root + pattern.replace(':service', service ?? '')
  return (
    <nav aria-label={texts.navigation} className="flex h-full flex-col bg-surface">
      <Link to={paths.overview} onClick={onChoose} className="flex items-center gap-2.5 px-4 pt-4 pb-2 font-semibold">
        <img src="/favicon.svg" alt="" width={28} height={28} />
        {texts.appName}
      </Link>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-2 py-2">
        {groups.map((group) => {
          const inGroup = sections.filter((section) => section.group === group)
          // Pages of a service need one.
          if (inGroup.length === 0 || (group === 'service' && !service)) return null
          return (
            <section key={group} aria-label={texts.groups[group]} className="flex flex-col gap-0.5">
              {group === 'service' ? (
                <ServiceChoice service={service as string} />
              ) : (
                <h2 className="px-2 pb-1 text-xs font-medium text-muted">{texts.groups[group]}</h2>
              )}
              <ul className="flex flex-col gap-0.5">
                {inGroup.map((section) => {
                  const { label, icon: Icon } = section
                  return (
                    <li key={label}>
                      <Link
                        to={hrefOf(section)}
                        onClick={onChoose}
                        ref={section === current ? show : undefined}
                        aria-current={section === current ? 'page' : undefined}
                        className={classNames(
                          'flex min-h-7 items-center gap-2.5 rounded-control px-2 text-sm pointer-coarse:min-h-11',
                          section === current ? 'bg-accent-soft font-medium text-accent' : 'hover:bg-hover',
                        )}
                      >
                        <Icon size={16} aria-hidden className="shrink-0" />
                        {label}
                      </Link>
                    </li>
                  )
                })}
              </ul>
            </section>
          )
        })}
      </div>
      <WhoIsIn />
    </nav>
  )
}

/** Where one is has to be seen, also where there is not room for all. */
const show = (link: HTMLElement | null) => link?.scrollIntoView({ block: 'nearest' })

/** Which service the pages of services are about. Choosing another shows the same page of it. */
function ServiceChoice({ service }: { service: string }) {
  const { path } = useAddress()
  const { services } = useServices()
  const id = useId()
  const isListed = services.some(({ sid }) => sid === service)
  const choose = (sid: string) => {
    const [, section = 'conversations'] = /^\/services\/[^/]+\/([^/]+)/.exec(path) ?? []
    goTo(`${paths.services}/${sid}/${section}`)
  }
  return (
    <div className="flex flex-col gap-1 px-2 pb-1.5">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {texts.groups.service}
      </label>
      <select
        id={id}
        value={service}
        onChange={(event) => choose(event.target.value)}
        className="h-8 w-full rounded-control border border-edge bg-background px-2 text-sm text-text"
      >
        {!isListed && <option value={service}>{service}</option>}
        {services.map(({ sid, friendly_name }) => (
          <option key={sid} value={sid}>
            {friendly_name}
          </option>
        ))}
      </select>
    </div>
  )
}

function WhoIsIn() {
  const { session } = useSession()
  const theme = useTheme()
  const id = useId()
  return (
    <div className="flex flex-col gap-2 border-t border-line p-3 text-sm">
      <p className="min-w-0">
        <span className="block truncate font-medium">{session?.account_name}</span>
        <span className="block truncate text-xs text-muted">
          {session?.signed_in_as === 'key' ? texts.signedInWithKey(session.key_sid ?? '') : texts.signedInAsAccount}
        </span>
      </p>
      <div className="flex items-center gap-2">
        <label htmlFor={id} className="sr-only">
          {texts.theme}
        </label>
        <select
          id={id}
          value={theme}
          onChange={(event) => setTheme(event.target.value as Theme)}
          className="h-7 min-w-0 flex-1 rounded-control border border-edge bg-background px-1.5 text-sm text-text"
        >
          {themes.map((one) => (
            <option key={one} value={one}>
              {texts.themes[one]}
            </option>
          ))}
        </select>
        <Button small icon={LogOut} onClick={() => void signOut().catch(() => tell(texts.problem.unreachable))}>
          {texts.signOut}
        </Button>
      </div>
    </div>
  )
}
