/** How the page is marked in a browser's tab: with its plain sign, or with one that says how much is unread. */
const plain = '/favicon.svg'

let made: string | undefined

/** Shows a number on the sign of the page; nothing for 0. */
export function markFavicon(unread: number): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (!link) return
  if (made !== undefined) URL.revokeObjectURL(made)
  made = unread > 0 ? URL.createObjectURL(new Blob([signWith(unread)], { type: 'image/svg+xml' })) : undefined
  link.href = made ?? plain
}

const signWith = (unread: number) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="8" fill="#2b54d6"/>
<path d="M9 9h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2Z" fill="#fff"/>
<circle cx="21" cy="21" r="11" fill="#b3261e"/>
<text x="21" y="26" text-anchor="middle" font-family="sans-serif" font-size="14" font-weight="700" fill="#fff">${unread > 9 ? '9+' : unread}</text>
</svg>`
