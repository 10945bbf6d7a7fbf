/** What nobody sees at first; `later.ts` brings it after the rest. */
export { PeoplePanel } from './people/people-panel.tsx'
export { Settings } from './settings.tsx'
export { Details } from './thread/details.tsx'
export { Viewer } from './thread/viewer.tsx'
