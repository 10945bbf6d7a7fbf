const count = (n: number, one: string, many: string) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

/** Everything the console says, in English. Another language is another such object: see `texts.ts`. */
export const english = {
  appName: 'Parley console',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  create: 'Create',
  delete: 'Delete',
  deleted: (name: string) => `${name} is deleted.`,
  saved: 'Saved.',
  sid: 'SID',
  actions: 'Actions',
  retry: 'Retry',
  loading: 'Loading…',
  copied: 'Copied',
  copy: (what: string) => `Copy ${what}`,
  above: 'Above this page',
  navigation: 'Console',
  openNavigation: 'Open navigation',
  skipToContent: 'Skip to content',
  signedInAsAccount: 'Signed in as the account',
  signedInWithKey: (sid: string) => `Signed in with key ${sid}`,
  signOut: 'Sign out',
  theme: 'Colours',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  noPage: 'Nothing is here',
  noPageAbout: 'This address leads to no page of the console. The navigation does.',
  nothingFound: 'Nothing found',
  clearFilters: 'Clear filters',
  rows: (n: number) => count(n, 'row', 'rows'),
  paging: { label: 'Pages', page: (n: number) => `Page ${n}`, previous: 'Previous', next: 'Next' },

  groups: { account: 'Account', service: 'Service', server: 'Server' },
  sections: {
    overview: 'Overview',
    services: 'Services',
  },

  problem: {
    unreachable: 'The server does not answer.',
    unexpected: (message: string) => `Something went wrong in this page: ${message}`,
    code: (code: number) => `Error ${code}`,
    retryAfter: (seconds: number) => `Try again in ${count(seconds, 'second', 'seconds')}.`,
  },
  confirm: {
    type: (what: string) => `Type “${what}” to go on`,
  },

  signIn: {
    title: 'Operator console',
    about: 'Sign in to look after this server.',
    ended: 'Your session has ended. Sign in again to go on where you were.',
    username: 'Account SID or API key SID',
    usernameHint: 'AC… or SK…',
    password: 'Auth token or key secret',
    passwordHint: 'It is sent to this server alone, and kept nowhere.',
    enter: 'Sign in',
    entering: 'Signing in…',
    where: 'The first start of the server printed them. parley keys create makes another key.',
  },

  overview: {
    title: 'Overview',
  },

  services: {
    title: 'Services',
    about: 'Each service has conversations, users and roles of its own. Nobody in one sees another.',
    name: 'Name',
    created: 'Created',
    create: 'New service',
    empty: 'No services',
    isDefault: 'default',
    delete: (name: string) => `Delete ${name}`,
    deleteTitle: (name: string) => `Delete ${name}?`,
    deleteAbout:
      'Its conversations, messages, users and roles go away with it, and whoever is connected to it is thrown out. This cannot be undone.',
  },
}
