import { JSDOM } from 'jsdom'

/** A page for React to draw on. Imported first: React looks for it when it is loaded. */
const { window } = new JSDOM('<!doctype html><html><body></body></html>')
const page = { window, document: window.document, navigator: window.navigator }
// Newer versions of Node have a navigator of their own, which cannot be assigned to.
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
