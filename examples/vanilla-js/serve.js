// Serves this folder, and beside it the client's file: any web server does as well.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

const types = { html: 'text/html', js: 'text/javascript' }
const files = {
  '/': new URL('index.html', import.meta.url),
  '/chat.js': new URL('chat.js', import.meta.url),
  '/parley-conversations.min.js': new URL(import.meta.resolve('@parley/client/global')),
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const file = Object.hasOwn(files, pathname) ? fileURLToPath(files[pathname]) : undefined
  if (!file || !existsSync(file)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-type': `${types[file.split('.').pop()]}; charset=utf-8` })
  createReadStream(file).pipe(response)
})
server.listen(Number(process.env['PORT'] ?? 3002), '127.0.0.1', () => {
  const page = `http://127.0.0.1:${server.address().port}/`
  console.log(`Open ${page}?identity=alice&with=bob and ${page}?identity=bob&with=alice`)
})
