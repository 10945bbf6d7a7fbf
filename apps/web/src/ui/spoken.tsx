import type { ReactNode } from 'react'

/** For screen readers alone. */
export const Spoken = ({ children }: { children: ReactNode }) => <span className="sr-only">{children}</span>
