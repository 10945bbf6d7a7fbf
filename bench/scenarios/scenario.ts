import type { Lab } from '../lab.ts'
import type { Figure } from '../measure/figures.ts'

/** One promise about speed, and how it is measured. */
export interface Scenario {
  name: string
  /** One sentence for the list of scenarios. */
  about: string
  run(lab: Lab): Promise<Figure[]>
}
