import { describe, expect, it } from 'vitest'
import { createLog, type LogOptions } from './log.ts'
import { outputForEyes } from './log-for-eyes.ts'

function written(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = createLog({ level: 'debug', ...options, destination: { write: (line) => lines.push(line) } })
  return { log, lines, objects: () => lines.map((line) => JSON.parse(line)) }
}

describe('the log', () => {
  it('writes a line of JSON with level, time, fields and text', () => {
    const { log, lines, objects } = written()
    log.info({ conversation_sid: 'CH1', count: 2 }, 'A conversation was closed')
    expect(lines[0]).toMatch(/^[^\n]+\n$/)
    expect(objects()).toEqual([
      { level: 30, time: expect.stringMatching(/^\d{4}-.*Z$/), conversation_sid: 'CH1', count: 2, msg: 'A conversation was closed' },
    ])
  })

  it('keeps stack and cause of an error', () => {
    const { log, objects } = written()
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'It failed')
    expect(objects()[0].err).toMatchObject({
      type: 'Error',
      message: expect.stringContaining('outer'),
      stack: expect.stringContaining('inner'),
    })
  })

  it.each([
    ['debug', ['a', 'b', 'c', 'd']],
    ['info', ['b', 'c', 'd']],
    ['warn', ['c', 'd']],
    ['error', ['d']],
    ['silent', []],
  ] as const)('at level %s writes %j', (level, texts) => {
    const { log, objects } = written({ level })
    log.debug({}, 'a')
    log.info({}, 'b')
    log.warn({}, 'c')
    log.error({}, 'd')
    expect(objects().map(({ msg }) => msg)).toEqual(texts)
  })

  it.each(['auth_token', 'secret', 'api_key_secret', 'secret_key', 'password', 'token', 'authorization', 'x-twilio-token'])(
    'never tells a value called %s',
    (name) => {
      const { log, lines } = written()
      const fields = { [name]: 'hunter2', headers: { [name]: 'hunter2', other: 'told' }, request: { headers: { [name]: 'hunter2' } } }
      log.warn(fields, 'Refused')
      expect(lines[0]).not.toContain('hunter2')
      expect(lines[0]).toContain('told')
      expect(fields.headers[name]).toBe('hunter2')
    },
  )

  it('can be read by eye', () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', destination: outputForEyes({ write: (text) => lines.push(text) }) })
    log.info({ port: 8480, token: 'hunter2' }, 'Listening')
    expect(lines.join('')).toMatch(/INFO.*: Listening\n\s+port: 8480\n/)
    expect(lines.join('')).not.toContain('hunter2')
  })
})
