import { SquareTerminal } from 'lucide-react'
import { EmptyState } from '../ui/states.tsx'

/** The operator console. */
export const Console = () => <EmptyState icon={SquareTerminal} title="Console" />
