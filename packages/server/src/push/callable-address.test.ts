import { describe, expect, it } from 'vitest'
import { callableAddresses, isPublicAddress } from './callable-address.ts'

describe('an address', () => {
  it.each(['8.8.8.8', '142.250.74.106', '2a00:1450:4001:80b::200a', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    'no address',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('the address of a browser', () => {
  const { allows } = callableAddresses(false)

  it.each(['https://fcm.googleapis.com/fcm/send/abc', 'https://updates.push.services.mozilla.com/wpush/v2/x', 'https://8.8.8.8/x'])(
    'may be %s',
    (url) => expect(allows(url)).toBe(true),
  )

  it.each([
    'http://fcm.googleapis.com/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://169.254.169.254/latest/meta-data',
    'https://user:secret@push.example.com/x',
    'ftp://push.example.com/x',
    'file:///etc/passwd',
    '//push.example.com',
    '',
  ])('may not be %s', (url) => expect(allows(url)).toBe(false))

  it('is looked at again when it is connected to', async () => {
    const { lookup } = callableAddresses(false)
    const found = await new Promise((resolve) => lookup('localhost', { all: true }, (error) => resolve(error?.code)))
    expect(found).toBe('ENOTFOUND')
  })

  it('may be anything in development', () => {
    expect(callableAddresses(true).allows('http://127.0.0.1:9/x')).toBe(true)
  })
})
