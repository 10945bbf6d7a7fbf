import { existsSync, rmSync } from 'node:fs'
import type { BlobAmount, CopiedTable, DatabaseAddress, MediaAddress, Progress } from '@parley/server'
import { Command } from 'commander'
import { withConsent, withOutput } from '../options.ts'
import { Problem } from '../problem.ts'
import { makeSure, print, printJson, printTable, say } from '../terminal.ts'
import { examples } from './resources.ts'
import { environmentOf, type SettingOptions, withSettings } from './serve.ts'

type Options = SettingOptions & { json?: boolean; yes?: boolean }

/** The database of a server on this machine, by the settings of that server. */
export function dbCommand(): Command {
  const command = new Command('db').description('the database of a server, by the settings that the server has')
  const verb = (name: string, description: string) => {
    const made = withSettings(withOutput(new Command(name)), 'dataDir', 'databaseUrl', 'configFile').description(description)
    command.addCommand(made)
    return made
  }

  verb('migrate', 'bring the schema up to date; a server does the same when it starts')
    .option('--check', 'only say what would be done; exit code 1 when something would')
    .action(run(migrate))
  withConsent(verb('port', 'copy everything into another, empty database'))
    .argument('<to-url>', 'sqlite:<file> or postgres://user:password@host:port/database; `-` reads it from PARLEY_PORT_TO')
    .action((to: string, options: Options) => run((given: Options) => port(to, given))(options))
  verb('backup', 'write a backup, with the media beside it; servers may go on meanwhile')
    .argument('<file>', 'where to; it may not be there yet. The media go into <file>.media')
    .option('--portable', 'in the format that any database can be restored from, also of SQLite')
    .option('--no-media', 'the database alone')
    .action((file: string, options: BackupOptions) => run((given: typeof options) => backup(file, given))(options))
  withConsent(verb('restore', 'fill an empty database from a backup, and bring its media back'))
    .argument('<file>', 'the backup')
    .option('--no-media', 'the database alone')
    .action((file: string, options: Options & { media: boolean }) => run((given: typeof options) => restore(file, given))(options))

  return command.addHelpText(
    'after',
    examples([
      'parley db migrate --check',
      'parley db port postgres://parley:…@db.internal/parley --data-dir /var/lib/parley',
      'parley db backup /backups/parley-$(date +%F).db',
      'parley db restore /backups/parley-2026-05-06.db --data-dir /var/lib/parley-new',
    ]),
  )
}

/** Says in our words what the server's code refuses. */
const run =
  <O>(work: (options: O) => Promise<void>) =>
  async (options: O): Promise<void> => {
    const { DatabaseProblem, SettingsError } = await import('@parley/server')
    try {
      await work(options)
    } catch (error) {
      if (error instanceof SettingsError) throw new Problem(capital(error.message), { ending: 'usage', cause: error })
      if (!(error instanceof DatabaseProblem)) throw error
      throw new Problem(`${error.message}.`, {
        ending: error.unreachable ? 'unreachable' : 'failed',
        advice: error.advice === undefined ? [] : [error.advice],
        cause: error,
      })
    }
  }

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

async function settingsOf(options: SettingOptions) {
  const { readSettings } = await import('@parley/server')
  return readSettings(environmentOf(options))
}

async function migrate({ check, json, ...options }: Options & { check?: boolean }): Promise<void> {
  const { inspectDatabase, migrateDatabase } = await import('@parley/server')
  const { database } = await settingsOf(options)
  const { place, exists, pending, newer } = await inspectDatabase(database)
  if (newer.length > 0)
    throw new Problem(`A newer version of Parley has changed ${place} (step ${newer[0]}).`, {
      advice: ['Run that version, or a newer one.'],
    })
  if (!check && pending.length > 0) await migrateDatabase(database)
  if (json) printJson({ place, exists, [check ? 'pending' : 'taken']: pending })
  else if (pending.length === 0) print(`${place} is up to date.`)
  else for (const step of pending) print(`${check ? 'would take' : 'took'} ${step}`)
  if (check && pending.length > 0) process.exitCode = 1
}

async function port(to: string, options: Options): Promise<void> {
  const { parseDatabaseAddress, placeOf, portDatabase } = await import('@parley/server')
  const { database, media } = await settingsOf(options)
  // On a command line everybody on the machine can read a password.
  const target: DatabaseAddress = parseDatabaseAddress(to === '-' ? (process.env['PARLEY_PORT_TO'] ?? '') : to)
  await makeSure(`Copy everything from ${placeOf(database)} to ${placeOf(target)}?`, options)
  const copied = await withProgress((progress) => portDatabase(database, target, progress))
  showCopied(copied, options)
  say(`Everything is in ${placeOf(target)}, read again and found the same. Set PARLEY_DATABASE_URL to it before the next start.`)
  say(`The media are not in a database: they stay in ${placeOfMedia(media)}. A server that runs elsewhere needs them there.`)
  sayAboutKey()
}

/** Where the media of a backup are: beside it. */
const mediaOf = (file: string) => `${file}.media`

const placeOfMedia = (media: MediaAddress) => (media.kind === 'file' ? media.folder : `the bucket ${media.bucket}`)

type BackupOptions = Options & { portable?: boolean; media: boolean }

async function backup(file: string, { portable = false, media: isWithMedia, ...options }: BackupOptions): Promise<void> {
  const { backupDatabase, keepFileBlobs, placeOf } = await import('@parley/server')
  const { database, media } = await settingsOf(options)
  const folder = mediaOf(file)
  const takesMedia = isWithMedia && media.kind === 'file'
  if (takesMedia && existsSync(folder))
    throw new Problem(`${folder} is there already.`, { advice: ['Backups are never overwritten: choose another name.'] })
  // First the rows: what they speak of is there already, and a file that comes later is one too many at most.
  const { format, tables } = await withProgress((progress) => backupDatabase(database, file, { portable, created: new Date(), progress }))
  const kept = takesMedia
    ? await withProgress((progress) => keepFileBlobs(media.folder, folder, (files) => progress('media', files))).catch((error: unknown) => {
        // Rows without their media are no backup.
        rmSync(file, { force: true })
        throw error
      })
    : undefined
  if (options.json) printJson({ file, format, ...(tables ? { tables } : {}), ...(kept ? { media: { folder, ...kept } } : {}) })
  else {
    print(`${placeOf(database)} is backed up in ${file} (${format === 'sqlite' ? 'a SQLite file' : 'a dump'}).`)
    if (kept) print(`${placeOfMedia(media)} is backed up in ${folder} (${amountOf(kept)}). Keep the two together.`)
  }
  if (!kept) say(`Not in it: the media. They are in ${placeOfMedia(media)}.`)
  sayAboutKey()
}

async function restore(file: string, { media: isWithMedia, ...options }: Options & { media: boolean }): Promise<void> {
  const { copyFileBlobs, placeOf, restoreDatabase } = await import('@parley/server')
  const { database, media } = await settingsOf(options)
  const folder = mediaOf(file)
  const hasMedia = existsSync(folder)
  if (isWithMedia && !hasMedia && media.kind === 'file' && existsSync(file))
    throw new Problem(`There is no ${folder}: the media of this backup are missing.`, {
      advice: ['It lies beside the backup. --no-media restores the rows alone: messages come back without their files.'],
    })
  if (isWithMedia && hasMedia && media.kind !== 'file')
    throw new Problem(`The media of this backup are files, and the settings want them in ${placeOfMedia(media)}.`, {
      advice: [`Copy ${folder} into the bucket, each file under its path, and say --no-media.`],
    })
  await makeSure(`Fill ${placeOf(database)} from ${file}?`, options)
  const brought =
    isWithMedia && hasMedia && media.kind === 'file'
      ? await withProgress((progress) => copyFileBlobs(folder, media.folder, (files) => progress('media', files)))
      : undefined
  const copied = await withProgress((progress) => restoreDatabase(file, database, progress)).catch(async (error: unknown) => {
    await brought?.undo()
    throw error
  })
  if (copied) showCopied(copied, options)
  else if (options.json) printJson({ file, place: placeOf(database) })
  say(`${placeOf(database)} is as it was when ${file} was written.`)
  say(brought ? `The media are in ${placeOfMedia(media)} (${amountOf(brought)}).` : `The media are expected in ${placeOfMedia(media)}.`)
  sayAboutKey()
}

const amountOf = ({ files, bytes }: BlobAmount) => `${files} ${files === 1 ? 'file' : 'files'}, ${bytes} bytes`

/** What a database is worth nothing without. */
function sayAboutKey(): void {
  say('Needed with it: the secret key (PARLEY_SECRET_KEY, or secret.key of the data folder), without which no stored secret can be read.')
}

/** Shows on a terminal how far it has come. */
async function withProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const { isTTY } = process.stderr
  const clear = () => isTTY && process.stderr.write('\r\u001b[K')
  let shown = 0
  try {
    return await work((table, rows) => {
      const now = Date.now()
      if (!isTTY || now - shown < 100) return
      shown = now
      process.stderr.write(`\r\u001b[K${table}: ${rows} rows`)
    })
  } finally {
    clear()
  }
}

function showCopied(copied: readonly CopiedTable[], { json }: Options): void {
  if (json) printJson(copied)
  else
    printTable(
      ['table', 'rows', 'SHA-256 sum'],
      copied.map(({ table, rows, digest }) => [table, String(rows), digest.slice(0, 16)]),
    )
}
