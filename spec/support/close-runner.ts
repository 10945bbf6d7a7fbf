import { eventually } from './until.ts'

/**
 * Ends a runner of jobs whose machines' clock only the test moves: what it writes at the end waits for that clock as ever.
 *
 * @param pacing the clock; `advance` takes milliseconds
 */
export async function closeRunner(runner: { close(): Promise<void> }, pacing: { advance(distance: number): Promise<void> }): Promise<void> {
  let isClosed = false
  const closing = runner.close().finally(() => {
    isClosed = true
  })
  await eventually('the runner to be closed', async () => {
    await pacing.advance(25)
    return isClosed || undefined
  })
  await closing
}
