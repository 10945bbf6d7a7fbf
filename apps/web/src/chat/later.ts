import { lazy } from 'react'

// One file, for each costs: asked for at the beginning, it is there before anybody has found a button.
const coming = import('./opened-later.ts')

export const Viewer = lazy(async () => ({ default: (await coming).Viewer }))
export const Details = lazy(async () => ({ default: (await coming).Details }))
export const PeoplePanel = lazy(async () => ({ default: (await coming).PeoplePanel }))
export const Settings = lazy(async () => ({ default: (await coming).Settings }))
