//! Counts of many projects in one blob: a table of all projects reads few rows, and a change writes little.
//!
//! A blob holds the projects of one chunk in ascending order, four numbers each, seven bits to a byte, low ones first:
//! id less the one before, count, how many of them have no duration, and the sum of durations (sign in the lowest bit).
//! Part of the stored form: whoever changes it must raise `rebuild::VERSION`.

/// Chunks that projects are dealt out to: with 5,000 projects about forty are written for one that changed.
const CHUNKS: i64 = 128;

/// The chunk a project is in. Neighbours are in different ones, so that ids far apart fill chunks as evenly as dense ones.
pub(crate) fn chunk(project_id: i64) -> i64 {
    project_id.rem_euclid(CHUNKS)
}

/// What counts of one project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ProjectSum {
    pub(crate) project_id: i64,
    /// Pipelines.
    pub(crate) count: i64,
    /// Those that have a duration.
    pub(crate) duration_count: i64,
    /// Their durations together: seconds.
    pub(crate) duration_sum: i64,
}

/// Packs the sums of one chunk, which ascend by project.
pub(crate) fn pack(sums: &[ProjectSum]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sums.len() * 6);
    let mut last = 0;
    for sum in sums {
        // Less than the whole id for all but the first.
        push(&mut bytes, sum.project_id.wrapping_sub(last) as u64);
        push(&mut bytes, sum.count as u64);
        push(&mut bytes, (sum.count - sum.duration_count) as u64);
        push(&mut bytes, zigzag(sum.duration_sum));
        last = sum.project_id;
    }
    bytes
}

/// The sums in a blob, in order; ends early where the blob is damaged.
pub(crate) fn unpack(bytes: &[u8]) -> impl Iterator<Item = ProjectSum> + '_ {
    let mut rest = bytes;
    let mut last = 0_i64;
    std::iter::from_fn(move || {
        let project_id = last.wrapping_add(pull(&mut rest)? as i64);
        let count = pull(&mut rest)? as i64;
        let without = pull(&mut rest)? as i64;
        let duration_sum = unzigzag(pull(&mut rest)?);
        last = project_id;
        Some(ProjectSum {
            project_id,
            count,
            duration_count: count - without,
            duration_sum,
        })
    })
}

fn push(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn pull(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(project_id: i64, count: i64, duration_count: i64, duration_sum: i64) -> ProjectSum {
        ProjectSum {
            project_id,
            count,
            duration_count,
            duration_sum,
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let sums = [
            sum(1, 1, 0, 0),
            sum(2, 300, 299, 1_000_000),
            sum(511, 1, 1, -5),
            sum(i64::MAX, i64::MAX, i64::MAX, i64::MIN),
        ];
        assert_eq!(unpack(&pack(&sums)).collect::<Vec<_>>(), sums);
    }

    #[test]
    fn chunk_of_twenty_thousand_projects_fits_a_page() {
        let ids = (0..20_000)
            .map(|id| id * 1_009)
            .filter(|id| chunk(*id) == 5);
        let sums: Vec<_> = ids.map(|id| sum(id, 40, 38, 25_000)).collect();
        assert!(pack(&sums).len() < 2_048, "{} projects", sums.len());
    }

    #[test]
    fn damaged_blob_ends() {
        assert_eq!(unpack(&[0x80; 3]).count(), 0);
        assert_eq!(unpack(&[0xff; 40]).count(), 0);
    }

    #[test]
    fn chunks_are_filled_evenly() {
        let mut filled = vec![0; CHUNKS as usize];
        for id in 0..12_800 {
            filled[chunk(7 + id * 8_191) as usize] += 1;
        }
        assert_eq!(filled, vec![100; CHUNKS as usize]);
    }
}
