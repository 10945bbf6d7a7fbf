import type { ReactNode } from 'react'
import type { Loaded } from '../rest/use-resource.ts'
import { Problem } from './problem.tsx'
import { LoadingRows } from './table.tsx'

/** One resource: also while it comes, and when it could not be had. */
export function Resource<T>({ of: { value, error, reload }, children }: { of: Loaded<T>; children(value: T): ReactNode }) {
  if (error) return <Problem error={error} onRetry={reload} />
  return value === undefined ? <LoadingRows /> : children(value)
}
