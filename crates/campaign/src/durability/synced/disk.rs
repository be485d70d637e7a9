//! A simulated disk that may lose everything that was not synced.
//!
//! It is stricter than any file system in use. A file's content is safe once the file was
//! synced; a name is safe once its folder was synced. Until then, each change of a name
//! survives a power cut or not, independently of the others, and content may be lost, cut
//! short or replaced by zeros. Only a rename is atomic (rename(2)).

use super::deed::Deed;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The files of a disk with their content, and its folders.
pub(super) type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// What a power cut loses of the data that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    /// All of it is lost.
    All,
    /// Names survive, files are empty.
    Emptied,
    /// Names survive, files have their length and are zeros.
    Zeroed,
    /// Names survive, files have half of their content.
    Torn,
    /// Nothing is lost.
    Nothing,
    /// For each name and file one of these, chosen by this seed.
    Chance(u64),
}

type Id = usize;
type Names = BTreeMap<OsString, Id>;

enum Node {
    File(File),
    Folder(Folder),
}

#[derive(Default)]
struct File {
    now: Vec<u8>,
    safe: Vec<u8>,
    /// Where the next write goes.
    place: usize,
    appends: bool,
}

#[derive(Default)]
struct Folder {
    now: Names,
    safe: Names,
    /// Since the last sync.
    changes: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Add(OsString, Id),
    Remove(OsString),
    Rename(OsString, OsString, Id),
}

impl Change {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Add(name, id) => drop(names.insert(name.clone(), *id)),
            Self::Remove(name) => drop(names.remove(name)),
            Self::Rename(from, to, id) => {
                names.remove(from);
                names.insert(to.clone(), *id);
            }
        }
    }
}

impl Folder {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }
}

/// The disk. Its first node is the root folder.
pub(super) struct Disk(Vec<Node>);

impl Disk {
    /// A disk on which all of this is synced.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut disk = Self(vec![Node::Folder(Folder::default())]);
        for (path, content) in tree {
            let node = match content {
                Some(bytes) => Node::File(File {
                    now: bytes.clone(),
                    ..File::default()
                }),
                None => Node::Folder(Folder::default()),
            };
            disk.add(path, node);
        }
        for node in &mut disk.0 {
            node.sync();
        }
        disk
    }

    /// Applies a change.
    pub(super) fn apply(&mut self, deed: &Deed) {
        match deed {
            Deed::Open {
                path,
                truncate,
                append,
            } => self.open(path, *truncate, *append),
            Deed::Write { path, at, bytes } => self.write(path, *at, bytes),
            Deed::Resize(path, length) => self.with_file(path, |file| file.now.resize(*length, 0)),
            Deed::Allocate(path, length) => self.with_file(path, |file| {
                file.now.resize(file.now.len().max(*length), 0);
            }),
            Deed::MakeFolder(path) => self.add(path, Node::Folder(Folder::default())),
            Deed::Rename(from, to) => self.rename(from, to),
            Deed::Link(from, to) => {
                if let Some(id) = self.find(from) {
                    self.change(to, |name| Change::Add(name, id));
                }
            }
            Deed::Remove(path) => self.change(path, Change::Remove),
            Deed::Sync(path) => {
                if let Some(id) = self.find(path) {
                    self.0[id].sync();
                }
            }
        }
    }

    fn open(&mut self, path: &Path, truncate: bool, append: bool) {
        if self.find(path).is_none() {
            self.add(path, Node::File(File::default()));
        }
        self.with_file(path, |file| {
            (file.place, file.appends) = (0, append);
            if truncate {
                file.now.clear();
            }
        });
    }

    fn write(&mut self, path: &Path, at: Option<usize>, bytes: &[u8]) {
        self.with_file(path, |file| {
            let end = file.now.len();
            let from = at.unwrap_or(if file.appends { end } else { file.place });
            let to = from + bytes.len();
            file.now.resize(end.max(to), 0);
            file.now[from..to].copy_from_slice(bytes);
            if at.is_none() {
                file.place = to;
            }
        });
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let Some(id) = self.find(from) else { return };
        if from.parent() == to.parent() {
            let old = from.file_name().unwrap_or_default().to_owned();
            self.change(to, |name| Change::Rename(old, name, id));
        } else {
            self.change(to, |name| Change::Add(name, id));
            self.change(from, Change::Remove);
        }
    }

    fn add(&mut self, path: &Path, node: Node) {
        let id = self.0.len();
        self.0.push(node);
        self.change(path, |name| Change::Add(name, id));
    }

    fn change(&mut self, path: &Path, change: impl FnOnce(OsString) -> Change) {
        let parent = path.parent().and_then(|parent| self.find(parent));
        if let (Some(id), Some(name)) = (parent, path.file_name())
            && let Node::Folder(folder) = &mut self.0[id]
        {
            folder.change(change(name.to_owned()));
        }
    }

    fn with_file(&mut self, path: &Path, change: impl FnOnce(&mut File)) {
        if let Some(id) = self.find(path)
            && let Node::File(file) = &mut self.0[id]
        {
            change(file);
        }
    }

    fn find(&self, path: &Path) -> Option<Id> {
        path.iter().try_fold(0, |id, name| match &self.0[id] {
            Node::Folder(folder) => folder.now.get(name).copied(),
            Node::File(_) => None,
        })
    }

    /// Its content after a power cut.
    pub(super) fn after(&self, loss: Loss) -> Tree {
        let mut tree = Tree::new();
        let mut chance = Chance::of(loss);
        self.collect(0, Path::new(""), loss, &mut chance, &mut tree);
        tree
    }

    fn collect(&self, id: Id, path: &Path, loss: Loss, chance: &mut Chance, tree: &mut Tree) {
        match &self.0[id] {
            Node::File(file) => {
                drop(tree.insert(path.to_path_buf(), Some(file.after(loss, chance))))
            }
            Node::Folder(folder) => {
                if id != 0 {
                    tree.insert(path.to_path_buf(), None);
                }
                for (name, id) in folder.after(loss, chance) {
                    self.collect(id, &path.join(name), loss, chance, tree);
                }
            }
        }
    }
}

impl Node {
    fn sync(&mut self) {
        match self {
            Self::File(file) => file.safe.clone_from(&file.now),
            Self::Folder(folder) => {
                folder.safe.clone_from(&folder.now);
                folder.changes.clear();
            }
        }
    }
}

impl File {
    fn after(&self, loss: Loss, chance: &mut Chance) -> Vec<u8> {
        if self.now == self.safe {
            return self.now.clone();
        }
        match loss {
            Loss::All => self.safe.clone(),
            Loss::Emptied => vec![],
            Loss::Zeroed => vec![0; self.now.len()],
            Loss::Torn => self.now[..self.now.len() / 2].to_vec(),
            Loss::Nothing => self.now.clone(),
            Loss::Chance(_) => {
                const ANY: [Loss; 5] = [
                    Loss::All,
                    Loss::Emptied,
                    Loss::Zeroed,
                    Loss::Torn,
                    Loss::Nothing,
                ];
                let drawn = ANY[chance.below(ANY.len())];
                self.after(drawn, chance)
            }
        }
    }
}

impl Folder {
    fn after(&self, loss: Loss, chance: &mut Chance) -> Names {
        let mut names = self.safe.clone();
        for change in &self.changes {
            let survives = match loss {
                Loss::All => false,
                Loss::Emptied | Loss::Zeroed | Loss::Torn | Loss::Nothing => true,
                Loss::Chance(_) => chance.below(2) == 0,
            };
            if survives {
                change.apply(&mut names);
            }
        }
        names
    }
}

/// Pseudo-random numbers (xorshift).
struct Chance(u64);

impl Chance {
    fn of(loss: Loss) -> Self {
        match loss {
            Loss::Chance(seed) => Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            _ => Self(1),
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, Option<&str>)]) -> Tree {
        let entry = |(path, content): &(&str, Option<&str>)| {
            (
                PathBuf::from(path),
                content.map(|text| text.as_bytes().to_vec()),
            )
        };
        files.iter().map(entry).collect()
    }

    /// A disk with a file `d/a` that says "old", after a replacement was begun
    /// and gone through the steps of `done`.
    fn replaced(done: usize) -> Disk {
        let mut disk = Disk::of(&tree(&[("d", None), ("d/a", Some("old"))]));
        let [new, old, folder] = ["d/a.new", "d/a", "d"].map(PathBuf::from);
        let deeds = [
            Deed::Open {
                path: new.clone(),
                truncate: true,
                append: false,
            },
            Deed::Write {
                path: new.clone(),
                at: None,
                bytes: b"newer".to_vec(),
            },
            Deed::Sync(new.clone()),
            Deed::Rename(new, old),
            Deed::Sync(folder),
        ];
        for deed in &deeds[..done] {
            disk.apply(deed);
        }
        disk
    }

    fn content(disk: &Disk, loss: Loss) -> Option<Vec<u8>> {
        disk.after(loss).get(Path::new("d/a")).cloned().flatten()
    }

    #[test]
    fn a_synced_and_renamed_file_is_old_or_new() {
        for done in 0..=5 {
            let disk = replaced(done);
            for loss in [Loss::All, Loss::Emptied, Loss::Zeroed, Loss::Torn]
                .into_iter()
                .chain((0..50).map(Loss::Chance))
            {
                let content = content(&disk, loss).unwrap();
                assert!(content == b"old" || content == b"newer", "{done} {loss:?}");
            }
            let is_safe = content(&disk, Loss::All).unwrap() == b"newer";
            assert_eq!(is_safe, done == 5);
        }
    }

    #[test]
    fn a_file_that_was_renamed_before_it_was_synced_is_damaged() {
        let mut disk = replaced(2);
        disk.apply(&Deed::Rename("d/a.new".into(), "d/a".into()));
        let after = |loss| content(&disk, loss).unwrap();
        assert_eq!(after(Loss::All), b"old");
        assert_eq!(after(Loss::Emptied), b"");
        assert_eq!(after(Loss::Zeroed), [0; 5]);
        assert_eq!(after(Loss::Torn), b"ne");
        assert_eq!(after(Loss::Nothing), b"newer");
    }

    #[test]
    fn names_survive_independently() {
        let mut disk = Disk::of(&Tree::new());
        for name in ["a", "b"] {
            disk.apply(&Deed::MakeFolder(name.into()));
        }
        let seen: std::collections::BTreeSet<Vec<PathBuf>> = (0..100)
            .map(|seed| disk.after(Loss::Chance(seed)).into_keys().collect())
            .collect();
        assert_eq!(seen.len(), 4, "none, one, the other, both");
    }
}
