import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BadKeys, sealForBrowser } from './browser-seal.ts'

const bytes = (text: string) => Buffer.from(text, 'base64url')

describe('what is sealed for a browser', () => {
  it('is the example of RFC 8291, Appendix A', () => {
    const sender = createECDH('prime256v1')
    sender.setPrivateKey(bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'))
    const sealed = sealForBrowser(
      Buffer.from('When I grow up, I want to be a watermelon'),
      {
        p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
        auth: 'BTBZMqHH6r4Tts7J_aSIgg',
      },
      { salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'), sender },
    )
    expect(sealed.toString('base64url')).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    )
  })

  it('is opened by the browser alone, and another time is something else', () => {
    const browser = createECDH('prime256v1')
    const p256dh = browser.generateKeys().toString('base64url')
    const auth = Buffer.alloc(16, 7).toString('base64url')
    const [one, other] = [1, 2].map(() => sealForBrowser(Buffer.from('hello'), { p256dh, auth })) as [Buffer, Buffer]
    expect(one.equals(other)).toBe(false)
    expect(open(one, browser, bytes(auth))).toBe('hello')
    expect(() => open(one, browser, Buffer.alloc(16, 8))).toThrow()
  })

  it('needs a point on the curve', () => {
    const p256dh = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString('base64url')
    expect(() => sealForBrowser(Buffer.from('x'), { p256dh, auth: Buffer.alloc(16).toString('base64url') })).toThrow(BadKeys)
  })
})

/** As a browser does it. */
function open(sealed: Buffer, browser: ReturnType<typeof createECDH>, auth: Buffer): string {
  const salt = sealed.subarray(0, 16)
  const sender = sealed.subarray(21, 21 + 65)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender])
  const material = Buffer.from(hkdfSync('sha256', browser.computeSecret(sender), auth, info, 32))
  const key = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: aes128gcm\0', 16))
  const nonce = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: nonce\0', 12))
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  const plain = Buffer.concat([decipher.update(sealed.subarray(86, -16)), decipher.final()])
  return plain.subarray(0, -1).toString('utf8')
}
