// `npm run document` writes docs/settings.md from the table of settings; with `--check` it only says whether the page is up to date.
import { load, settle, table } from './documents.mjs'

const { describeSettings } = await load('packages/server/src/base/config.ts')
settle('docs/settings.md', settingsPage(describeSettings()))

function settingsPage({ settings, limits }) {
  return `# Settings

<!-- Written by \`npm run document\` from packages/server/src/base/config.ts. -->

Settings come from the environment, and from the file that \`PARLEY_CONFIG_FILE\` names; the environment wins. A setting that is empty
counts as absent. A setting that is wrong, or a \`PARLEY_…\` name that is none, stops the start with one line that says which and why, and
never shows a secret. Paths are relative to the folder in which the server starts.

\`\`\`
# parley.conf
PARLEY_PORT=8480
PARLEY_PUBLIC_URL=https://chat.example.org
PARLEY_DATABASE_URL=postgres://parley:…@db.internal:5432/parley
\`\`\`

\`npm start\` sets \`PARLEY_MODE=development\` when neither \`PARLEY_MODE\` nor \`PARLEY_CONFIG_FILE\` is set.

${table(
  ['Setting', 'Default', 'Meaning'],
  settings.map(({ name, fallback, doc }) => [`\`${name}\``, fallback, doc]),
)}

## Limits

Every bound is a setting: a whole number greater than 0, or \`unlimited\`. Where the default depends on \`PARLEY_LIMITS\`, both are given.

${table(
  ['Setting', 'Default', 'With `PARLEY_LIMITS=twilio`', 'What is bounded'],
  limits.map(({ name, fallback, original, doc }) => [`\`${name}\``, fallback, original === fallback ? 'the same' : original, doc]),
)}
`
}
