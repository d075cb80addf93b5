// Letters that look like Latin ones in most fonts (Unicode TR 39, the single-letter part for Cyrillic and Greek).
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  а: "a",
  в: "b",
  с: "c",
  ԁ: "d",
  е: "e",
  ғ: "f",
  һ: "h",
  і: "i",
  ј: "j",
  к: "k",
  ӏ: "l",
  м: "m",
  н: "h",
  о: "o",
  р: "p",
  ԛ: "q",
  г: "r",
  ѕ: "s",
  т: "t",
  у: "y",
  ѵ: "v",
  ԝ: "w",
  х: "x",
  α: "a",
  β: "b",
  γ: "y",
  ε: "e",
  η: "n",
  ι: "i",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  σ: "o",
  τ: "t",
  υ: "u",
  χ: "x",
  ω: "w",
  ı: "i",
  ɑ: "a",
  ɡ: "g",
  ℓ: "l",
};
const INVISIBLE_REGEXP = /[\p{Cf}\p{Mn}\p{White_Space}\p{Cc}]/gu;

/**
 * What is left of a name when everything is taken away that a person does not see: width and compatibility forms
 * (NFKC), case, white space, invisible and combining characters, look-alike letters. Two names with one skeleton can be
 * taken for each other.
 */
export function nameSkeleton(name: string): string {
  const folded = name.normalize("NFKD").replace(INVISIBLE_REGEXP, "").toLowerCase();
  return Array.from(folded, (letter) => LOOK_ALIKES[letter] ?? letter).join("");
}
