import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentFor, type Person, person } from '../support/cli.ts'
import { sharedParley } from '../support/rest.ts'

describe('parley in a shell', () => {
  const parley = sharedParley({})
  let alice: Person
  beforeAll(async () => {
    alice = await person()
  })
  afterAll(() => alice[Symbol.asyncDispose]())

  it('completes commands and options in bash', async () => {
    const { out: script } = await alice.parley('completion', 'bash')
    writeFileSync(join(alice.home, 'completion'), script)
    const complete = (...words: string[]) => {
      const line = `source ${alice.home}/completion; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _parley; echo "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['--norc', '-c', line], { encoding: 'utf8' }).trim().split(' ')
    }
    expect(complete('parley', 'conv')).toEqual(['conversations'])
    expect(complete('parley', 'messages', '')).toEqual(expect.arrayContaining(['send', 'tail', 'list']))
    expect(complete('parley', 'messages', '')).not.toContain('revoke')
    expect(complete('parley', 'messages', 'send', 'a-conversation', '--auth')).toEqual(['--author'])
    expect(complete('parley', 'db', 'po')).toEqual(['port'])
  })

  const script = async (shell: string) => {
    const { out } = await alice.parley('completion', shell)
    const file = join(alice.home, `completion.${shell}`)
    writeFileSync(file, out)
    return { out, file }
  }
  /** What a shell answers; nothing, and a word about it, where the machine does not have it. */
  const ask = (shell: string, words: readonly string[]): string[] | undefined => {
    const { status, stdout, stderr, error } = spawnSync(shell, words, { encoding: 'utf8', env: { ...process.env, HOME: alice.home } })
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      console.warn(`This machine has no ${shell}: its completion was read, but not run. apt-get install ${shell}`)
      return undefined
    }
    expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: '' })
    return stdout.trim().split('\n')
  }

  it('knows the same commands in zsh and fish', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { out } = await script(shell)
      for (const word of ['messages send', 'token check', 'db restore', 'friendly-name', 'keep-profile']) expect(out).toContain(word)
    }
    expect((await alice.parley('completion', 'tcsh')).code).toBe(2)
  })

  it('completes in fish', async () => {
    const { file } = await script('fish')
    const complete = (line: string) =>
      ask('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`])?.map((one) => one.split('\t')[0])
    const found = complete('parley conv')
    if (!found) return
    expect(found).toEqual(['conversations'])
    expect(complete('parley messages ')).toEqual(expect.arrayContaining(['send', 'tail', 'list']))
    expect(complete('parley messages ')).not.toContain('revoke')
    expect(complete('parley messages send a-conversation --auth')).toEqual(['--author'])
    expect(complete('parley db po')).toEqual(['port'])
  })

  it('completes in zsh', async () => {
    const { file } = await script('zsh')
    // The completion system of zsh runs at a terminal alone: what a script offers to it is looked at.
    const complete = (...words: string[]) =>
      ask('zsh', [
        '-f',
        '-c',
        `compdef() { }; _files() { }; _describe() { print -rl -- "\${(@P)2}" }; source ${file}; words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _parley`,
      ])?.map((one) => one.split(/(?<!\\):/)[0])
    const found = complete('parley', '')
    if (!found) return
    expect(found).toEqual(expect.arrayContaining(['conversations', 'messages', 'db', '--help']))
    expect(complete('parley', 'messages', '')).toEqual(expect.arrayContaining(['send', 'tail', 'list']))
    expect(complete('parley', 'messages', '')).not.toContain('revoke')
    expect(complete('parley', 'messages', 'send', 'a-conversation', '')).toContain('--author')
  })

  it('tells what a mistyped command was meant to be', async () => {
    expect(await alice.parley('mesages', 'list')).toMatchObject({
      code: 2,
      out: '',
      said: expect.stringContaining('Did you mean messages?'),
    })
    expect(await alice.parley('messages', 'send')).toMatchObject({ code: 2, said: expect.stringContaining('conversation') })
    expect(await alice.parley('conversations', 'list', '--limit', 'many')).toMatchObject({
      code: 2,
      said: expect.stringContaining('whole number'),
    })
    expect((await alice.parley()).code).toBe(2)
    expect(await alice.parley('token', 'chat', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') })
  })

  it('ends quietly when whoever reads it has seen enough', async () => {
    const { conversations } = parley().conversations
    for (let at = 0; at < 3; at++)
      await conversations.create({ friendlyName: 'x'.repeat(250), attributes: JSON.stringify('y'.repeat(16_000)) })
    const program = fileURLToPath(new URL('../../packages/cli/dist/parley.js', import.meta.url))
    const line = `"${process.execPath}" "${program}" conversations list --json | head -n 1; echo "\${PIPESTATUS[0]}"`
    const env = { ...environmentFor(parley()), PATH: process.env['PATH'], HOME: alice.home }
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', line], { env })
    expect({ stdout, stderr }).toEqual({ stdout: '[\n0\n', stderr: '' })
  })

  it('is described command by command in docs/guides/cli.md', async () => {
    const { out } = await alice.parley('reference')
    const guide = readFileSync(fileURLToPath(new URL('../../docs/guides/cli.md', import.meta.url)), 'utf8')
    expect(guide.slice(guide.indexOf('## Variables')).trim()).toBe(out.trim())
  })
})
