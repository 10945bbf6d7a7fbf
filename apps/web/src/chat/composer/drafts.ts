import { create } from 'zustand'

/** What is written and not sent, by conversation. It stays when the page goes. */
export const useDrafts = create<{ texts: Readonly<Record<string, string>> }>(() => ({ texts: {} }))

const keyOf = (identity: string) => `parley.drafts.${identity}`

export function loadDrafts(identity: string): void {
  try {
    useDrafts.setState({ texts: JSON.parse(localStorage.getItem(keyOf(identity)) ?? '{}') as Record<string, string> })
  } catch {
    useDrafts.setState({ texts: {} })
  }
}

export function keepDraft(identity: string, conversation: string, text: string): void {
  const { [conversation]: _, ...others } = useDrafts.getState().texts
  const texts = text.trim() === '' ? others : { ...others, [conversation]: text }
  useDrafts.setState({ texts })
  localStorage.setItem(keyOf(identity), JSON.stringify(texts))
}

export function forgetDrafts(identity: string): void {
  useDrafts.setState({ texts: {} })
  localStorage.removeItem(keyOf(identity))
}
