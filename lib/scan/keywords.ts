/**
 * Finds all keywords of all detectors in one pass over a text, however many there are (Aho and Corasick, 1975). The
 * time for a character is one table look-up, so no text is slow, and a message without a keyword is done with.
 */

const UNITS = 128;
const DIGIT = 0x30, SPACE = 0x20;

/** A keyword found: its index in the list that the automaton was made from, and where it begins. */
export type KeywordVisitor = (keyword: number, start: number) => void;

export class KeywordAutomaton {
  /** Class of a UTF-16 unit below 128; everything else, and every unit that no keyword has, is class 0. */
  readonly #classes: Uint8Array;
  /** `#next[state + class]`; a state is its row's offset, the root is 0. */
  readonly #next: Uint32Array;
  /** INVARIANT: states from here on end a keyword, states before do not: one comparison instead of a look-up. */
  readonly #firstFinal: number;
  readonly #width: number;
  /** By row: the keywords that end in a state, longest first. */
  readonly #ending: readonly (readonly number[])[];
  readonly #lengths: readonly number[];

  constructor(keywords: readonly string[]) {
    const { classes, width } = classify(keywords);
    const trie = buildTrie(keywords, classes, width);
    const table = renumber(trie, width);
    this.#classes = classes;
    this.#width = width;
    this.#next = table.next;
    this.#firstFinal = table.firstFinal;
    this.#ending = table.ending;
    this.#lengths = keywords.map((keyword) => keyword.length);
  }

  /** Where keywords end in `text`, ascending; neighbouring ends (a long number has many) count once, as the first. */
  ends(text: string): number[] {
    const classes = this.#classes, next = this.#next, firstFinal = this.#firstFinal;
    const found: number[] = [];
    let state = 0, last = -2;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      state = next[state + (unit < UNITS ? classes[unit] ?? 0 : 0)] ?? 0;
      if (state < firstFinal) continue;
      if (last !== i - 1) found.push(i);
      last = i;
    }
    return found;
  }

  /** Visits every keyword in `text`, in the order in which they end. */
  scan(text: string, visit: KeywordVisitor): void {
    const classes = this.#classes, next = this.#next, firstFinal = this.#firstFinal;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      state = next[state + (unit < UNITS ? classes[unit] ?? 0 : 0)] ?? 0;
      if (state >= firstFinal) this.#visitEnding(state, i + 1, visit);
    }
  }

  #visitEnding(state: number, end: number, visit: KeywordVisitor): void {
    for (const keyword of this.#ending[state / this.#width] ?? []) {
      visit(keyword, end - (this.#lengths[keyword] ?? 0));
    }
  }
}

/**
 * Upper and lower case are one class, so are all digits, and space, dot and hyphen. That finds a little too much, which
 * is harmless: a keyword is only the place where a pattern is tried.
 */
function classify(keywords: readonly string[]): { classes: Uint8Array; width: number } {
  const classes = new Uint8Array(UNITS);
  let width = 1;
  for (const unit of new Set(keywords.join("").split("").map((letter) => fold(letter.charCodeAt(0))))) {
    const own = width++;
    for (let other = 0; other < UNITS; other++) {
      if (fold(other) === unit) classes[other] = own;
    }
  }
  return { classes, width };
}

function fold(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return unit + 0x20;
  if (unit >= 0x30 && unit <= 0x39) return DIGIT;
  return unit === 0x2d || unit === 0x2e ? SPACE : unit;
}

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  readonly ending: number[];
  fail: TrieNode | undefined;
}

function buildTrie(keywords: readonly string[], classes: Uint8Array, width: number): TrieNode[] {
  const root = newNode();
  keywords.forEach((keyword, index) => {
    let node = root;
    for (let i = 0; i < keyword.length; i++) {
      const letter = classes[keyword.charCodeAt(i)] ?? 0;
      const child: TrieNode = node.next.get(letter) ?? newNode();
      node.next.set(letter, child);
      node = child;
    }
    node.ending.push(index);
  });
  return linkFailures(root, width);
}

function newNode(): TrieNode {
  return { next: new Map(), ending: [], fail: undefined };
}

/** Breadth first: where a node has no way on, it takes the way of the longest suffix that is a node. */
function linkFailures(root: TrieNode, width: number): TrieNode[] {
  const order: TrieNode[] = [root];
  // `order` grows while it is walked.
  for (const node of order) {
    for (let letter = 0; letter < width; letter++) {
      const child = node.next.get(letter);
      const detour = node.fail?.next.get(letter) ?? root;
      if (child === undefined) {
        node.next.set(letter, detour);
        continue;
      }
      child.fail = node === root ? root : detour;
      child.ending.push(...child.fail.ending);
      order.push(child);
    }
  }
  return order;
}

interface Table {
  readonly next: Uint32Array;
  readonly firstFinal: number;
  readonly ending: readonly (readonly number[])[];
}

function renumber(nodes: readonly TrieNode[], width: number): Table {
  const sorted = [
    ...nodes.filter(({ ending }) => ending.length === 0),
    ...nodes.filter(({ ending }) => ending.length > 0),
  ];
  const offsets = new Map(sorted.map((node, row) => [node, row * width]));
  const next = new Uint32Array(sorted.length * width);
  sorted.forEach((node, row) => {
    for (const [letter, target] of node.next) next[row * width + letter] = offsets.get(target) ?? 0;
  });
  const plain = sorted.filter(({ ending }) => ending.length === 0).length;
  return { next, firstFinal: plain * width, ending: sorted.map(({ ending }) => ending) };
}
