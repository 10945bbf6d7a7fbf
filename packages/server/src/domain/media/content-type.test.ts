import { describe, expect, it } from 'vitest'
import { decideContentType, isShowable } from './content-type.ts'

const bytes = {
  png: Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
  jpeg: Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  pdf: Buffer.from('%PDF-1.7\n'),
  zip: Buffer.from(`PK\x03\x04${'\0'.repeat(60)}`, 'latin1'),
  webm: Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'),
  html: Buffer.from('<!DOCTYPE html><script>alert(1)</script>'),
  xhtml: Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>'),
  svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  text: Buffer.from('Grüße'),
  cutText: Buffer.from('Grüße').subarray(0, 3),
  binary: Buffer.from([0, 1, 2, 3, 250, 251]),
  nothing: Buffer.alloc(0),
}

describe('the type of an upload', () => {
  it.each<[claim: string | undefined, sample: keyof typeof bytes, decided: string]>([
    // What the bytes show wins.
    ['image/png', 'png', 'image/png'],
    ['image/jpeg', 'png', 'image/png'],
    ['text/plain', 'png', 'image/png'],
    ['application/octet-stream', 'pdf', 'application/pdf'],
    ['IMAGE/JPEG', 'jpeg', 'image/jpeg'],
    // What claims to be a picture and is none is not shown as one.
    ['image/png', 'html', 'text/plain'],
    ['image/png', 'xhtml', 'application/xml'],
    ['image/gif', 'svg', 'text/plain'],
    ['image/png', 'binary', 'application/octet-stream'],
    ['image/png', 'zip', 'application/zip'],
    ['application/pdf', 'html', 'text/plain'],
    ['application/pdf', 'zip', 'application/zip'],
    // Where the bytes say nothing, or only the container, the claim is believed.
    ['text/html', 'html', 'text/html'],
    ['text/html', 'xhtml', 'text/html'],
    ['image/svg+xml', 'svg', 'image/svg+xml'],
    ['text/plain; charset=utf-8', 'text', 'text/plain; charset=utf-8'],
    ['Text/Plain;charset="iso-8859-1"', 'text', 'text/plain;charset="iso-8859-1"'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'zip',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['application/x-vnd.com.twilio.rich.twilio.text', 'text', 'application/x-vnd.com.twilio.rich.twilio.text'],
    ['audio/amr', 'binary', 'audio/amr'],
    ['audio/webm', 'webm', 'audio/webm'],
    ['image/png', 'nothing', 'image/png'],
    // Without a claim that can be read, the bytes decide alone.
    [undefined, 'png', 'image/png'],
    [undefined, 'text', 'text/plain'],
    [undefined, 'cutText', 'text/plain'],
    [undefined, 'binary', 'application/octet-stream'],
    [undefined, 'nothing', 'text/plain'],
    ['', 'text', 'text/plain'],
    ['picture', 'jpeg', 'image/jpeg'],
    ['text/html\r\nset-cookie: a=b', 'binary', 'application/octet-stream'],
    [`text/${'x'.repeat(300)}`, 'binary', 'application/octet-stream'],
  ])('that claims %j and begins like %s is %s', async (claim, sample, decided) => {
    expect(await decideContentType(claim, bytes[sample])).toBe(decided)
  })
})

describe('a browser may show', () => {
  it.each(['image/png', 'image/webp', 'audio/mpeg', 'video/mp4', 'video/mp4; codecs=avc1', 'application/pdf'])('%s', (type) => {
    expect(isShowable(type)).toBe(true)
  })
})

describe('a browser may not show, but save,', () => {
  it.each([
    'image/svg+xml',
    'image/svg+xml; charset=utf-8',
    'text/html',
    'text/plain',
    'application/xhtml+xml',
    'application/xml',
    'text/javascript',
  ])('%s', (type) => {
    expect(isShowable(type)).toBe(false)
  })
})
