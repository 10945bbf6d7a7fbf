/** What the exit code of `parley` tells a script. Signals end it as they end other programs: 130 after Ctrl-C. */
export const exitCodes = {
  done: { code: 0, doc: 'Done.' },
  failed: { code: 1, doc: 'It did not work, for none of the reasons below; or a check found something wrong.' },
  usage: { code: 2, doc: 'The command line, an environment variable or a profile is wrong.' },
  unreachable: { code: 3, doc: 'There is no server, or no database, to talk to.' },
  denied: { code: 4, doc: 'The server does not let these credentials in, or not to this (401, 403).' },
  missing: { code: 5, doc: 'There is no such thing (404).' },
  refused: { code: 6, doc: 'The server refused the request as it is (other 4xx).' },
  broken: { code: 7, doc: 'The server failed (5xx).' },
} as const satisfies Record<string, { code: number; doc: string }>

export type Ending = keyof typeof exitCodes
