/** Something changed between two statements of a write, on another connection: the write runs again and sees it. */
export class LostRace extends Error {
  override readonly name = 'LostRace'
}
