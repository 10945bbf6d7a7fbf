// Folders are floors: imports go down, never up, and doors do not know each other. docs/architecture.md tells why.

const ours = '^packages/server/src/'

/** Each folder of the server, and those of its neighbours that it may import. All may import the protocol. */
const floors = {
  base: [],
  storage: ['base'],
  bus: ['base', 'storage'],
  jobs: ['base', 'storage'],
  domain: ['base', 'storage', 'bus', 'jobs'],
}
const doors = ['http', 'realtime', 'media', 'webhooks', 'channels', 'push']
for (const door of doors) floors[door] = ['base', 'storage', 'bus', 'jobs', 'domain']

const test = '\\.test\\.ts$'
const oneOf = (names) => `(${names.join('|')})`

/** What may not be imported from where, and why. `from` and `to` are conditions on the two files. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    ...Object.entries(floors).map(([floor, below]) =>
      forbid(
        `floor-${floor}`,
        below.length === 0
          ? `${floor} is the lowest floor of the server.`
          : `${floor} stands on ${below.join(', ')}, and knows nobody else.`,
        { path: `${ours}${floor}/` },
        { path: ours, pathNot: `${ours}${oneOf([floor, ...below])}/` },
      ),
    ),
    forbid(
      'floor-unknown',
      'A new folder of the server needs its place among the floors: say it here.',
      { path: `${ours}[^/]+/`, pathNot: `${ours}${oneOf(Object.keys(floors))}/` },
      {},
    ),
    forbid(
      'client-knows-the-protocol',
      'The client stands on the protocol, and knows nobody else of ours.',
      { path: '^packages/client/', pathNot: test },
      { path: '^packages/', pathNot: '^packages/(client|protocol)/' },
    ),
    forbid(
      'pages-stand-on-the-sdk',
      'The web pages are apps like those of customers: they know the client, its hooks and the protocol.',
      { path: '^apps/' },
      { path: '^packages/', pathNot: '^packages/(client|react|protocol)/src/(index|node)\\.ts$' },
    ),
    forbid(
      'pages-do-not-know-each-other',
      'Chat and console stand on the same ui, which knows neither.',
      { path: '^apps/web/src/(ui|chat|console)/' },
      { path: '^apps/web/src/(chat|console)/', pathNot: '^apps/web/src/$1/' },
    ),
    forbid(
      'protocol-is-the-ground',
      'The protocol knows nobody.',
      { path: '^packages/protocol/' },
      { path: '^(packages/(?!protocol/)|apps/|spec/|bench/)' },
    ),
    forbid(
      'protocol-runs-anywhere',
      'The protocol also runs in browsers.',
      { path: '^packages/protocol/', pathNot: test },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'sql-in-storage',
      'Databases are known to storage alone.',
      { path: ours, pathNot: [`${ours}storage/`, test] },
      { path: '(^|/)node_modules/(kysely|pg|better-sqlite3)/' },
    ),
    forbid(
      'http-at-doors',
      'HTTP and sockets end at the doors.',
      { path: `${ours}${oneOf(Object.keys(floors).filter((floor) => !doors.includes(floor)))}/`, pathNot: test },
      { path: '(^|/)node_modules/(fastify|ws|find-my-way)/|^(node:)?(http|https|http2|net|tls)$' },
    ),
    forbid(
      'product-needs-no-tests',
      'What is delivered needs nothing of what tests and measures it; the small tests may use the support of the large ones.',
      { path: '^(packages|apps)/', pathNot: test },
      { path: '^(spec|bench|scripts)/' },
    ),
    forbid(
      'support-for-tests',
      'Small tests may use the support of the large ones, and no more.',
      { path: `^packages/.*${test}` },
      { path: '^(spec/(?!support/)|bench/|scripts/)' },
    ),
    forbid(
      'tests-knock-at-the-front-door',
      'spec and bench know the product as its users do: by the names of its packages.',
      { path: '^(spec|bench)/' },
      { path: '^packages/', pathNot: '^packages/(protocol|server|client)/src/(index|node)\\.ts$' },
    ),
    forbid(
      'tests-use-names',
      'Packages are imported by their names.',
      { path: '^(spec|bench)/' },
      { path: '^packages/', dependencyTypes: ['local'] },
    ),
    forbid(
      'command-line-stands-on-top',
      'The command line stands on everything, and nothing of the product on it.',
      { path: '^(packages/(?!cli/)|apps/)', pathNot: test },
      { path: '^packages/cli/' },
    ),
    forbid(
      'command-line-uses-names',
      'The command line knows the packages by their names.',
      { path: '^packages/cli/' },
      { path: '^packages/(?!cli/)', dependencyTypes: ['local'] },
    ),
    forbid('no-cycles', 'Two files that need each other are one file, or three.', { pathNot: '^packages/client/' }, { circular: true }),
    forbid(
      'no-cycles-of-values',
      'The objects of the client lead to each other, so their types may; what runs may not.',
      { path: '^packages/client/' },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid('no-dead-ends', 'What is imported has to be there.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/|^bench/results/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count: a file that needs another's types stands above it.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['source', 'types', 'import', 'node', 'default'], exportsFields: ['exports'] },
    skipAnalysisNotInRules: true,
  },
}
