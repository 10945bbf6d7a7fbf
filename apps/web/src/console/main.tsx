import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../ui/theme.css'
import { Console } from './console.tsx'

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <Console />
  </StrictMode>,
)
