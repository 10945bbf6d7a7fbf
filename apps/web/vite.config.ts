import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

/** Where `npm start` serves, for the development server of Vite. */
const parley = 'http://127.0.0.1:8480'

/** Of the list of all emoji, what the chat shows: a third of it. */
const fewerWords: Plugin = {
  name: 'fewer-words-about-emoji',
  enforce: 'pre',
  transform: {
    filter: { id: /emojibase-data\/en\/compact\.json$/ },
    handler: (code) =>
      JSON.stringify(
        (JSON.parse(code) as Record<string, unknown>[]).map(({ unicode, label, tags, group, order }) => ({
          unicode,
          label,
          tags,
          group,
          order,
        })),
      ),
  },
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [fewerWords, react(), tailwindcss()],
  // Our own packages are built from their sources.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // The server looks for the pages beside its own bundle, in the repository and in its package.
    outDir: fileURLToPath(new URL('../../packages/server/dist/web', import.meta.url)),
    emptyOutDir: true,
    // A strict policy lets nothing inline through.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ['index.html', 'console.html'].map((page) => fileURLToPath(new URL(page, import.meta.url))) },
  },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/v2', '/2010-04-01', '/v3', '/console/api', '/token', '/media', '/parley'].map((path) => [
        path,
        { target: parley, ws: path === '/v3' },
      ]),
    ),
  },
})
