import type { Conversation, Message } from '@parley/client'
import { Paperclip, Pencil, Reply, SendHorizontal, X } from 'lucide-react'
import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { reasonOf } from '../list/conversation-dialogs.tsx'
import { usePreferences } from '../preferences.ts'
import { sizeOf } from '../texts/dates.ts'
import { texts } from '../texts/texts.ts'
import { keepDraft, useDrafts } from './drafts.ts'
import { send } from './outbox.ts'
import { segmentsOf } from './segments.ts'
import { isPicture } from './size-of-picture.ts'

/** Bytes that the server takes as the text of a message (`PARLEY_LIMIT_MESSAGE_BODY_BYTES`, unless the operator has changed it). */
const mostBytes = 32_768
/** From which part of the limit on the room that is left is told. */
const tellFrom = 0.9
/** Of a text that is quoted. */
const quoted = 140
const megabyte = 1_048_576

/** Letters that say what is to be seen on a picture. */
const longestDescription = 300

/** A file that goes with the message, with what is to be seen on it. */
interface AttachedFile {
  file: File
  description: string
}

export interface ComposerHandle {
  attach(files: readonly File[]): void
}

interface ComposerProps {
  ref: Ref<ComposerHandle>
  conversation: Conversation
  identity: string
  name: string
  /** Whether somebody gets it as a text on a phone. */
  hasTextParticipants: boolean
  editing: Message | null
  onEdited(): void
  replying: Message | null
  onReplied(): void
  /** The arrow up in an empty field. */
  onEditLast(): void
  /** With every key. */
  onType(): void
}

/** Where messages are written and changed, and files are attached. */
export function Composer(props: ComposerProps) {
  const { ref, conversation, identity, name, hasTextParticipants, editing, onEdited, replying, onReplied, onEditLast, onType } = props
  const draft = useDrafts(({ texts: drafts }) => drafts[conversation.sid] ?? '')
  const [edited, setEdited] = useState('')
  const [files, setFiles] = useState<readonly AttachedFile[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  const { enterSends } = usePreferences()
  const field = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)

  const text = editing ? edited : draft
  const bytes = new TextEncoder().encode(text).length
  const canSend = bytes <= mostBytes && (text.trim() !== '' || (!editing && files.length > 0))

  useEffect(() => {
    if (!editing) return
    setEdited(editing.body ?? '')
    field.current?.focus()
  }, [editing])
  useEffect(() => {
    if (replying) field.current?.focus()
  }, [replying])

  const attach = (more: readonly File[]) => {
    const all = [...files, ...more.map((file) => ({ file, description: '' }))]
    const refusal = refusalOf(
      all.map(({ file }) => file),
      conversation,
    )
    setProblem(refusal)
    if (!refusal) setFiles(all)
    field.current?.focus()
  }
  useImperativeHandle(ref, () => ({ attach }))

  const submit = async (event?: FormEvent) => {
    event?.preventDefault()
    if (!canSend) return
    setProblem(null)
    if (editing) {
      try {
        if (edited !== editing.body) await editing.updateBody(edited)
        onEdited()
      } catch (error) {
        setProblem(texts.message.refused(reasonOf(error)))
      }
      return
    }
    const reply = replying && { sid: replying.sid, author: replying.author ?? '', text: (replying.body ?? '').slice(0, quoted) }
    const descriptions = files.map(({ description }) => description.trim())
    send({ identity, conversation: conversation.sid, text: draft.trim(), files: files.map(({ file }) => file), descriptions, reply })
    keepDraft(identity, conversation.sid, '')
    setFiles([])
    onReplied()
    field.current?.focus()
  }

  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // An input method uses the same keys to choose among its proposals.
    if (event.nativeEvent.isComposing) return
    const isControl = event.ctrlKey || event.metaKey
    if (event.key === 'Enter' && (isControl || (enterSends && !event.shiftKey))) {
      event.preventDefault()
      void submit()
    } else if (event.key === 'ArrowUp' && text === '' && !editing) {
      event.preventDefault()
      onEditLast()
    } else if (event.key === 'Escape' && (editing || replying)) {
      event.preventDefault()
      if (editing) onEdited()
      else onReplied()
    } else if (isControl && event.key.toLowerCase() === 'u') {
      event.preventDefault()
      picker.current?.click()
    }
  }

  const pasted = (event: ClipboardEvent) => {
    if (editing || event.clipboardData.files.length === 0) return
    event.preventDefault()
    attach([...event.clipboardData.files])
  }

  return (
    <form onSubmit={submit} className="flex shrink-0 flex-col gap-2 border-t border-line p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      {editing && (
        <Heading icon={Pencil} text={texts.composer.editing} onClose={onEdited}>
          {editing.body}
        </Heading>
      )}
      {replying && !editing && (
        <Heading icon={Reply} text={texts.message.replyingTo(replying.author ?? texts.nobody)} onClose={onReplied}>
          {replying.body}
        </Heading>
      )}
      {files.length > 0 && !editing && (
        <ul className="flex flex-wrap gap-2">
          {files.map(({ file, description }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same file may be there twice
            <li key={at} className="flex max-w-full items-center gap-2 rounded-control border border-line bg-surface p-1.5">
              <Thumbnail file={file} />
              <span className="min-w-0">
                <span className="block max-w-48 truncate text-sm">{file.name}</span>
                <span className="block text-xs text-muted">{sizeOf(file.size)}</span>
                {isPicture(file) && (
                  <input
                    value={description}
                    maxLength={longestDescription}
                    aria-label={texts.composer.descriptionOf(file.name)}
                    placeholder={texts.composer.describe}
                    title={texts.composer.describeAbout}
                    onChange={(event) => setFiles(files.with(at, { file, description: event.target.value }))}
                    onKeyDown={(event) => {
                      if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
                      event.preventDefault()
                      field.current?.focus()
                    }}
                    className="mt-1 h-7 w-48 rounded-control border border-edge bg-background px-2 text-sm"
                  />
                )}
              </span>
              <IconButton
                icon={X}
                small
                label={texts.composer.remove(file.name)}
                onClick={() => setFiles(files.filter((_, other) => other !== at))}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="flex items-end gap-2">
        {!editing && (
          <>
            <IconButton icon={Paperclip} label={texts.composer.attach} onClick={() => picker.current?.click()} />
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              aria-label={texts.composer.attach}
              onChange={(event) => {
                attach([...(event.target.files ?? [])])
                event.target.value = ''
              }}
            />
          </>
        )}
        <textarea
          ref={field}
          rows={1}
          aria-label={texts.composer.label}
          placeholder={texts.composer.placeholder(name)}
          value={text}
          enterKeyHint={enterSends ? 'send' : 'enter'}
          onChange={(event) => {
            if (editing) setEdited(event.target.value)
            else keepDraft(identity, conversation.sid, event.target.value)
            if (event.target.value !== '') onType()
          }}
          onKeyDown={pressed}
          onPaste={pasted}
          className="field-sizing-content max-h-48 min-h-9 flex-1 resize-none rounded-control border border-edge bg-background px-3 py-1.5 pointer-coarse:min-h-11 pointer-coarse:py-2.5"
        />
        {editing ? (
          <Button type="submit" look="primary" disabled={!canSend}>
            {texts.composer.save}
          </Button>
        ) : (
          <IconButton
            type="submit"
            icon={SendHorizontal}
            label={texts.composer.send}
            disabled={!canSend}
            className="bg-accent text-on-accent hover:bg-accent hover:text-on-accent hover:opacity-90"
          />
        )}
      </div>
      <p aria-live="polite" className="flex justify-between gap-3 text-xs text-muted empty:hidden">
        {problem && <span className="text-danger">{problem}</span>}
        {bytes > mostBytes * tellFrom && (
          <span className={bytes > mostBytes ? 'text-danger' : ''}>
            {bytes > mostBytes ? texts.composer.tooLong(bytes - mostBytes) : texts.composer.left(mostBytes - bytes)}
          </span>
        )}
        {hasTextParticipants && text !== '' && <Segments text={text} />}
      </p>
    </form>
  )
}

/** Why these files cannot go with one message; nothing when they can. */
function refusalOf(files: readonly File[], { limits }: Conversation): string | null {
  const { mediaAttachmentsCountLimit, mediaAttachmentSizeLimitInMb, mediaAttachmentsTotalSizeLimitInMb } = limits
  const tooLarge = files.find(({ size }) => size > mediaAttachmentSizeLimitInMb * megabyte)
  const whole = files.reduce((sum, { size }) => sum + size, 0)
  if (files.length > mediaAttachmentsCountLimit) return texts.composer.tooManyFiles(mediaAttachmentsCountLimit)
  if (tooLarge) return texts.composer.fileTooLarge(tooLarge.name, sizeOf(mediaAttachmentSizeLimitInMb * megabyte))
  if (whole > mediaAttachmentsTotalSizeLimitInMb * megabyte)
    return texts.composer.filesTooLarge(sizeOf(mediaAttachmentsTotalSizeLimitInMb * megabyte))
  return null
}

function Segments({ text }: { text: string }) {
  const { count, foreign } = segmentsOf(text)
  return (
    <span>
      {texts.composer.texts(count)} {foreign !== null && <span className="text-warning">{texts.composer.unicode(foreign)}</span>}
    </span>
  )
}

interface HeadingProps {
  icon: typeof Pencil
  text: string
  onClose(): void
  children: ReactNode
}

/** What the field is used for, when it is no plain message. */
const Heading = ({ icon: Icon, text, onClose, children }: HeadingProps) => (
  <div className="flex items-center gap-2 text-sm">
    <Icon size={16} aria-hidden className="shrink-0 text-accent" />
    <span className="min-w-0 flex-1">
      <span className="block font-medium text-accent">{text}</span>
      <span className="block truncate text-muted">{children}</span>
    </span>
    <IconButton icon={X} small label={texts.cancel} onClick={onClose} />
  </div>
)

function Thumbnail({ file }: { file: File }) {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (!isPicture(file)) return
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  if (url) return <img src={url} alt="" className="size-10 rounded object-cover" />
  return <Paperclip size={18} aria-hidden className="m-2 text-muted" />
}
