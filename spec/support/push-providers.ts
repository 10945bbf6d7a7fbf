import { generateKeyPairSync } from 'node:crypto'

let account: { secret: string; publicKey: string } | undefined

/** A service account of Google, as its console hands it out; the same one every time. */
export function serviceAccount(): { secret: string; publicKey: string } {
  if (account) return account
  const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  account = {
    secret: JSON.stringify({
      type: 'service_account',
      project_id: 'parley-test',
      client_email: 'push@example.iam.gserviceaccount.com',
      private_key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      // Whoever makes a credential may write anything here: it is not followed.
      token_uri: 'http://169.254.169.254/token',
    }),
    publicKey: keys.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  }
  return account
}
