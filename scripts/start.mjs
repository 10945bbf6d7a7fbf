// `npm start`: installs and builds what is missing, then serves in this process. Before the installation only Node's own modules are there.
import './node-version.mjs'
import { buildWhenChanged } from './build.mjs'
import { endWithNpm } from './end-with-npm.mjs'
import { install } from './install.mjs'

endWithNpm(() => process.kill(process.pid, 'SIGTERM'))
await install()
await buildWhenChanged()

// A settings file may say which mode; without one, who types `npm start` wants to try things out.
if (!process.env['PARLEY_CONFIG_FILE']) process.env['PARLEY_MODE'] ||= 'development'
process.setSourceMapsEnabled(true)
await import('../packages/server/dist/main.js')
