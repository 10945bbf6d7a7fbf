/** What passing and failing tests have used of one thing, with one version of a library. */
export interface Proof {
  use: string
  version: string
  passed: number
  failed: number
  /** The file of the first test that used it. */
  test: string
}

/** What `vitest --reporter=json` writes. */
export interface Results {
  testResults: {
    name: string
    assertionResults: { status: string; meta?: { uses?: string[] } }[]
  }[]
}

/** What the tests of some runs have used. `root` is the folder of the repository. */
export function proofsOf(runs: readonly Results[], root: string): Proof[] {
  const proofs = new Map<string, Proof>()
  for (const { name, assertionResults } of runs.flatMap(({ testResults }) => testResults)) {
    const test = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name
    // Tests of this very page play uses.
    if (test.startsWith('spec/conformance/')) continue
    for (const { status, meta } of assertionResults)
      for (const noted of meta?.uses ?? []) {
        const [use = '', version = ''] = noted.split(' @ ')
        const proof = proofs.get(noted) ?? { use, version, passed: 0, failed: 0, test }
        if (status === 'passed') proof.passed++
        if (status === 'failed') proof.failed++
        // The first in the alphabet, so that the page does not change with the order of a run.
        if (test < proof.test) proof.test = test
        proofs.set(noted, proof)
      }
  }
  const key = ({ use, version }: Proof) => `${use} @ ${version}`
  return [...proofs.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** Proofs as lines of a file that is kept: the page can be made again without running all tests. */
export const writeProofs = (proofs: readonly Proof[]): string =>
  proofs.map(({ use, version, passed, failed, test }) => `${[use, version, passed, failed, test].join('\t')}\n`).join('')

export const readProofs = (text: string): Proof[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [use = '', version = '', passed, failed, test = ''] = line.split('\t')
      return { use, version, passed: Number(passed), failed: Number(failed), test }
    })
