use std::collections::BTreeMap;

use super::*;

/// Remembers what it was told.
#[derive(Default)]
struct Told {
    known: Vec<(usize, u32)>,
    fresh: Vec<(usize, u32)>,
}

impl Keeper for Told {
    const MINDS_KNOWN: bool = true;

    fn known(&mut self, at: usize, number: u32) {
        self.known.push((at, number));
    }

    fn fresh(&mut self, at: usize, number: u32) {
        self.fresh.push((at, number));
    }
}

struct Deaf;

impl Keeper for Deaf {
    const MINDS_KNOWN: bool = false;

    fn known(&mut self, _: usize, _: u32) {}

    fn fresh(&mut self, _: usize, _: u32) {}
}

const KEEPING: Keeping = Keeping { parents: true, prints: false, afterwards: 0 };
const PRINTED: Keeping = Keeping { prints: true, ..KEEPING };
const ROOMY: Room<'_> = Room { states: u64::MAX, bytes: &|| u64::MAX };

/// Two fields a word.
fn packed(words: usize) -> Layout {
    Layout::new(&vec![32; 2 * words])
}

/// States that come again and again, soon and late; the first is all zeroes.
fn states(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|n| if n % 3 == 0 { n / 6 } else { n * n % 30_011 })
}

fn batches(words: usize) -> Vec<Vec<u64>> {
    let all: Vec<u64> = states(120_000).collect();
    let wide = |&state: &u64| (0..words as u64).map(move |word| state << (8 * word));
    all.chunks(97).map(|chunk| chunk.iter().flat_map(wide).collect()).collect()
}

#[test]
fn every_state_has_one_number_whoever_asks() {
    for (words, keeping) in [1, 2, 3].into_iter().flat_map(|n| [(n, KEEPING), (n, PRINTED)]) {
        let mut model: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
        let mut told = Visited::new(&packed(words), keeping);
        let mut deaf = Visited::new(&packed(words), keeping);
        for batch in batches(words) {
            let parents = [(7, 10 * words), (8, batch.len())];
            let mut keeper = Told::default();
            assert_eq!(told.keep_all(&batch, &parents, ROOMY, &mut keeper), None);
            assert_eq!(deaf.keep_all(&batch, &parents, ROOMY, &mut Deaf), None);
            let mut wanted = Told::default();
            for (at, state) in batch.chunks(words).enumerate() {
                let (next, is_new) = (model.len() as u32, !model.contains_key(state));
                let number = *model.entry(state.to_vec()).or_insert(next);
                let list = if is_new { &mut wanted.fresh } else { &mut wanted.known };
                list.push((at, number));
                if is_new {
                    let parent = if at < 10 { 7 } else { 8 };
                    assert_eq!(told.states.parent(number), parent);
                }
            }
            keeper.known.sort_unstable();
            assert_eq!((keeper.known, keeper.fresh), (wanted.known, wanted.fresh));
        }
        assert_eq!((told.states.len(), deaf.states.len()), (model.len(), model.len()));
        for (state, &number) in &model {
            assert_eq!((told.find(state), deaf.find(state)), (Some(number), Some(number)));
            assert_eq!(deaf.states.get(number), state);
        }
    }
}

#[test]
fn what_is_written_anew_is_found_again() {
    let mut visited = Visited::new(&packed(1), KEEPING);
    for batch in batches(1) {
        assert_eq!(visited.keep_all(&batch, &[(0, batch.len())], ROOMY, &mut Deaf), None);
    }
    let count = visited.states.len();
    visited.rewrite(&packed(2), |old, new| new.copy_from_slice(&[old[0], 5]));
    for batch in batches(1) {
        let wider: Vec<u64> = batch.iter().flat_map(|&state| [state, 5]).collect();
        let parents = [(0, wider.len())];
        assert_eq!(visited.keep_all(&wider, &parents, ROOMY, &mut Deaf), None);
    }
    assert_eq!(visited.states.len(), count, "none of them is new");
    assert_eq!(visited.find(&[3, 6]), None);
}

/// A state of the one layout in the other.
fn repack(from: &Layout, to: &Layout, old: &[u64], new: &mut [u64]) {
    let mut numbers = [0; 2];
    from.unpack(old, &mut numbers);
    for (slot, &number) in numbers.iter().enumerate() {
        to.replace(new, slot, (0, number)).expect("it fits");
    }
}

#[test]
fn fingerprints_outlive_the_states_and_how_they_are_packed() {
    let narrow = Layout::new(&[31, 20, 31]);
    let batch = |layout: &Layout, numbers: std::ops::Range<u32>| -> Vec<u64> {
        let state = |number| {
            let mut words = vec![0; layout.words()];
            layout.replace(&mut words, 1, (0, number)).expect("it fits");
            words
        };
        numbers.flat_map(state).collect()
    };
    let one = Layout::new(&[20, 20]);
    let mut visited = Visited::new(&one, PRINTED);
    let few = batch(&one, 0..1_000);
    assert_eq!(visited.keep_all(&few, &[(0, few.len())], ROOMY, &mut Deaf), None);
    assert!(!visited.has_prints(), "a word is its own");
    visited.rewrite(&narrow, |old, new| repack(&one, &narrow, old, new));
    assert!(visited.has_prints());
    let many = batch(&narrow, 0..100_000);
    assert_eq!(visited.keep_all(&many, &[(0, many.len())], ROOMY, &mut Deaf), None);
    let before = visited.bytes();
    visited.expanded(90_000);
    assert!(visited.bytes() + 8 * 60_000 < before, "they are gone");
    let wide = Layout::new(&[32, 32, 32]);
    visited.rewrite(&wide, |old, new| repack(&narrow, &wide, old, new));
    let mut keeper = Told::default();
    let again = batch(&wide, 50_000..150_000);
    let parents = [(0, again.len())];
    assert_eq!(visited.keep_all(&again, &parents, ROOMY, &mut keeper), None);
    assert_eq!((keeper.known.len(), keeper.fresh.len()), (50_000, 50_000));
    assert!(visited.is(70_000, &again[20_000 * wide.words()..20_001 * wide.words()]));
}

#[test]
fn it_stops_where_there_is_no_room() {
    let afterwards = Keeping { afterwards: 100, ..KEEPING };
    let fill = |keeping: Keeping, room: Room<'_>| {
        let mut visited = Visited::new(&packed(1), keeping);
        let fill = |batch: &Vec<u64>| visited.keep_all(batch, &[(0, batch.len())], room, &mut Deaf);
        let why = batches(1).iter().find_map(fill);
        (why, visited.states.len(), visited.bytes() as u64)
    };
    let few = Room { states: 1_000, ..ROOMY };
    assert_eq!(fill(KEEPING, few).0, Some(CutShort::States));
    assert_eq!(fill(KEEPING, few).1, 1_000);
    let most = 600_000;
    let small = Room { bytes: &|| most, ..ROOMY };
    let (why, many, bytes) = fill(KEEPING, small);
    assert!(why == Some(CutShort::Memory) && bytes <= most && many > 1_000, "{bytes} {many}");
    let (why, less, _) = fill(afterwards, small);
    assert!(why == Some(CutShort::Memory) && less < many, "{less} {many}");
}
