import { describe, expect, it } from 'vitest'
import { originReader } from './origin.ts'
import { networks } from './setting-values.ts'

const asked = (headers: Record<string, string>, remoteAddress = '203.0.113.9') => ({ headers, socket: { remoteAddress } }) as never

describe('the base of URLs', () => {
  const trusted = networks('10.0.0.0/8')
  const otherwise = () => 'http://127.0.0.1:8480'
  const of = originReader({ fixed: undefined, otherwise, tls: true, trusted })
  const forwarded = { host: 'inside:8480', 'x-forwarded-host': 'chat.example.org, second', 'x-forwarded-proto': 'http' }

  it('is the name by which a client came', () => {
    expect(of(asked({ host: 'Conversations.twilio.com' }))).toBe('https://conversations.twilio.com')
    expect(of(asked({ host: '[::1]:8480' }))).toBe('https://[::1]:8480')
    expect(originReader({ fixed: undefined, otherwise, tls: false, trusted })(asked({ host: 'a.b.c:80' }))).toBe('http://a.b.c:80')
  })

  it('is what a trusted proxy says, and nobody else', () => {
    expect(of(asked(forwarded, '10.1.2.3'))).toBe('http://chat.example.org')
    expect(of(asked(forwarded, '::ffff:10.1.2.3'))).toBe('http://chat.example.org')
    expect(of(asked(forwarded))).toBe('https://inside:8480')
    expect(originReader({ fixed: undefined, otherwise, tls: true, trusted: undefined })(asked(forwarded, '10.1.2.3'))).toBe(
      'https://inside:8480',
    )
  })

  it('is what the operator says, whoever asks', () => {
    expect(originReader({ fixed: 'https://fixed.example', otherwise, tls: false, trusted })(asked(forwarded, '10.1.2.3'))).toBe(
      'https://fixed.example',
    )
  })

  it.each(['evil.example/path', 'a b', 'user@host', '', 'host:port'])('is our own when the host is none: %j', (host) => {
    expect(of(asked({ host }))).toBe('http://127.0.0.1:8480')
  })
})
