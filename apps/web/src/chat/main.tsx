import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../ui/theme.css'
import { Chat } from './chat.tsx'
import { useRoute } from './route.ts'
import { resume } from './session/session.ts'

resume(useRoute.getState().as)

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
)
