import { generateKeyPairSync, sign } from 'node:crypto'

/** A certificate that signed itself, and its key, as PEM. */
export interface Certificate {
  cert: string
  key: string
}

/** The bytes of DER that a certificate is made of. */
const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const text = (value: string) => der(0x0c, Buffer.from(value))
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content)

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const commonName = '550403'
const userId = '0992268993f22c640101'
const subjectAlternativeName = '551d11'
const basicConstraints = '551d13'

interface CertificateOptions {
  /** Whose it is; this machine's unless said otherwise. */
  host?: string
  /** Its last day. */
  until?: Date
}

/** A certificate for this machine, or another. `uid` names an app, as certificates of Apple do. */
export function makeCertificate(
  name: string,
  uid?: string,
  { host, until = new Date('2049-12-31') }: CertificateOptions = {},
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const part = (type: string, value: string) => der(0x31, sequence(oid(type), text(value)))
  const subject = sequence(part(commonName, name), ...(uid ? [part(userId, uid)] : []))
  const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().slice(2, 10).replaceAll('-', '')}235959Z`))
  const validity = sequence(time(new Date('2020-01-01')), time(until))
  const dnsName = (value: string) => der(0x82, Buffer.from(value))
  const hosts = host === undefined ? sequence(dnsName('localhost'), der(0x87, Buffer.from([127, 0, 0, 1]))) : sequence(dnsName(host))
  const extensions = sequence(
    sequence(oid(subjectAlternativeName), der(0x04, hosts)),
    sequence(oid(basicConstraints), der(0x04, sequence(der(0x01, Buffer.from([0xff]))))),
  )
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    subject,
    validity,
    subject,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, extensions),
  )
  const certificate = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}
