import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../ui/theme.css'
import { Chat } from './chat.tsx'

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
)
