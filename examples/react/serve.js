// Bundles the app when it starts, and serves it. In an app of yours Vite or another bundler does this.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('chat.jsx', import.meta.url))],
  bundle: true,
  write: false,
  jsx: 'automatic',
  format: 'esm',
  // In a clone of Parley the packages need not be built first.
  conditions: ['source'],
  define: { 'process.env.NODE_ENV': '"production"' },
})
const html = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Chat with React</title></head>
  <body><div id="root"></div><script type="module" src="/chat.js"></script></body>
</html>`
const answers = {
  '/': ['text/html; charset=utf-8', html],
  '/chat.js': ['text/javascript; charset=utf-8', outputFiles[0].text],
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const [type, body] = Object.hasOwn(answers, pathname) ? answers[pathname] : []
  if (body === undefined) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': type }).end(body)
})
server.listen(Number(process.env['PORT'] ?? 3003), '127.0.0.1', () => {
  const page = `http://127.0.0.1:${server.address().port}/`
  console.log(`Open ${page}?identity=alice&with=bob and ${page}?identity=bob&with=alice`)
})
