import { decodeJson, UpdateUser } from '@parley/protocol'
import { getUser } from '../../domain/users/find-user.ts'
import { updateUser } from '../../domain/users/update-user.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { assertOwnService } from './access.ts'
import { userResource } from './resources.ts'

const one = '/Client/v2/Services/:service/Users/:user'

async function userInPath(command: Command) {
  assertOwnService(command)
  const { ctx, session, params } = command
  return getUser(ctx.store.read, session.actor.chat_service_sid, params['user'] as string)
}

const fetch = async (command: Command) => userResource(await userInPath(command))

async function update(command: Command) {
  const { ctx, session, body } = command
  const user = await userInPath(command)
  return userResource(await updateUser(ctx, session.actor, user.sid, decodeJson(UpdateUser, body, ctx.limits)))
}

export const userRoutes = [upstreamRoute('GET', one, fetch), upstreamRoute('POST', one, update)]
