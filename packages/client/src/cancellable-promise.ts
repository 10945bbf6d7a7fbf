type Executor<T> = (
  resolve: (value: T | PromiseLike<T>) => void,
  reject: (reason?: string | Error) => void,
  onCancel: (cancel: () => void) => void,
) => void

/** A promise that can be called off: it rejects, and the work behind it stops. */
export class CancellablePromise<T> extends Promise<T> {
  #reject: (reason: Error) => void
  #stop: (() => void) | undefined

  constructor(executor: Executor<T>) {
    let reject: (reason?: unknown) => void = () => {}
    let stop: (() => void) | undefined
    let register = (cancel: () => void) => {
      stop = cancel
    }
    super((resolve, refuse) => {
      reject = refuse
      executor(resolve, refuse, (cancel) => register(cancel))
    })
    this.#reject = reject
    this.#stop = stop
    register = (cancel) => {
      this.#stop = cancel
    }
  }

  /** What `then` makes is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** Does nothing when it is settled already. */
  cancel(): this {
    const stop = this.#stop
    this.#stop = undefined
    this.#reject(new Error('It was cancelled'))
    stop?.()
    return this
  }
}

/** Runs work that a signal can stop. */
export function cancellable<T>(work: (signal: AbortSignal) => Promise<T>): CancellablePromise<T> {
  return new CancellablePromise((resolve, reject, onCancel) => {
    const controller = new AbortController()
    onCancel(() => controller.abort())
    work(controller.signal).then(resolve, reject)
  })
}
