import { MessagesSquare } from 'lucide-react'
import { EmptyState } from '../ui/states.tsx'

/** The quickstart chat. */
export const Chat = () => <EmptyState icon={MessagesSquare} title="Chat" />
