import type { Reporter, TestCase } from 'vitest/node'

/** Says which tests passed only when they were tried once more: each of them waits to be mended. */
export default class SecondTries implements Reporter {
  readonly #names: string[] = []

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky) this.#names.push(`${test.module.relativeModuleId} > ${test.fullName}`)
  }

  onTestRunEnd(): void {
    if (this.#names.length > 0) console.warn(`\nPassed at the second try:\n${this.#names.map((name) => `  ${name}\n`).join('')}`)
  }
}
