import { type Static, Type } from '@sinclair/typebox'
import { word } from './fields.ts'

/** `waiting`: to be done, or done again. `dead`: tried often enough, and left for somebody to look at. */
export const jobStates = ['waiting', 'dead'] as const
export type JobState = (typeof jobStates)[number]

/** Which jobs are listed: the dead ones when nothing is said. */
export const ListJobs = Type.Object({ state: Type.Optional(word(jobStates)) })
export type ListJobs = Static<typeof ListJobs>
