import { startReceiver } from './receiver.ts'

/** A customer's server in a process of its own, so that what hangs there does not stop whoever measures. Its parent is told what it is asked. */

/** How often the parent is told, in milliseconds. */
const every = 50

let asked = 0
const { url } = await startReceiver(
  (body) => {
    if (isToHang(body)) asked++
  },
  (body) => isToHang(body),
)
process.send?.({ url })
setInterval(() => process.send?.({ asked }), every)
process.once('disconnect', () => process.exit())

function isToHang(body: string): boolean {
  return body === 'hang'
}
