import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../ui/theme.css'
import { Console } from './console.tsx'
import { resume } from './session/session.ts'

void resume()

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <Console />
  </StrictMode>,
)
