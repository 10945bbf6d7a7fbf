import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/**
 * A private authority and the certificates that it gives to servers: ECDSA with P-256, as every client of today knows it. A certificate lives as long
 * as Apple's systems allow for one that they are to trust.
 */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const authorityDays = 3_650
const serverDays = 397
const dayMilliseconds = 86_400_000

/** A certificate and its private key, as PEM. */
export interface Certified {
  cert: string
  key: string
}

const crypto = webcrypto as unknown as Crypto

/** A new authority. Its certificate is what clients are told to trust; its key makes certificates and stays where it was made. */
export async function createAuthority(name: string, now: Date): Promise<Certified> {
  const keys = await newKeys()
  const cert = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${name}`,
      ...validity(now, authorityDays),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        // It signs no other authorities.
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return { cert: pem(cert), key: await keyPem(keys) }
}

/** A certificate for a server of these names: DNS names, `*.` in front of them, and IP addresses. */
export async function certify(authority: Certified, names: readonly string[], now: Date): Promise<Certified> {
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(authority.cert)
  const signingKey = await crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), algorithm, false, ['sign'])
  const cert = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: `CN=${names[0]}`,
      issuer: issuer.subject,
      ...validity(now, serverDays),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }) as const)),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, crypto),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return { cert: pem(cert), key: await keyPem(keys) }
}

const newKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

/** 16 random bytes, of a positive number. */
function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

/** Clocks of clients may be behind: it is valid since yesterday. */
const validity = (now: Date, days: number) => ({
  notBefore: new Date(now.getTime() - dayMilliseconds),
  notAfter: new Date(now.getTime() + (days - 1) * dayMilliseconds),
})

const pem = (cert: x509.X509Certificate) => `${cert.toString('pem')}\n`

async function keyPem({ privateKey }: CryptoKeyPair): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`
}
