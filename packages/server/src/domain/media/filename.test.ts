import { describe, expect, it } from 'vitest'
import { cleanFilename } from './filename.ts'

describe('the name of a file', () => {
  it.each<[given: string | null | undefined, kept: string | null]>([
    ['photo.jpg', 'photo.jpg'],
    ['Überraschung 🎁.pdf', 'Überraschung 🎁.pdf'],
    ['  spaced out.txt ', 'spaced out.txt'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\alice\\cv.docx', 'cv.docx'],
    ['a\r\nSet-Cookie: x=y', 'aSet-Cookie: x=y'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['half \uD800 a pair', 'half  a pair'],
    ['nul\0.txt', 'nul.txt'],
    ['..', null],
    ['folder/', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j is kept as %j', (given, kept) => {
    expect(cleanFilename(given)).toBe(kept)
  })

  it('keeps its ending when it is too long', () => {
    const kept = cleanFilename(`${'ä'.repeat(400)}.jpeg`) ?? ''
    expect([...kept]).toHaveLength(255)
    expect(kept.endsWith('ä.jpeg')).toBe(true)
  })
})
