export { readSettings, type Settings, SettingsError } from './base/config.ts'
export { createLog, type Log } from './base/log.ts'
export { type RunningServer, startServer } from './server.ts'
