import type { PushCredentialRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { CredentialProblem, type ProviderAccess, readAccess } from './credential-secrets.ts'

/** Whether pushes can be sent with a credential, as far as it can be seen from here. */
export type CheckedCredential = { access: ProviderAccess; problem: undefined } | { access: undefined; problem: string }

export function checkCredential(ctx: Pick<Context, 'vault'>, row: PushCredentialRow): CheckedCredential {
  try {
    return { access: readAccess(ctx, row), problem: undefined }
  } catch (error) {
    if (error instanceof CredentialProblem) return { access: undefined, problem: error.message }
    throw error
  }
}
