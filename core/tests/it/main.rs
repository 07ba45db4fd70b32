//! The tests of the public interface. They are one program, which links the library once; beside it are those that need a
//! process of their own.

mod api;
mod bombs;
mod common;
mod confined;
mod documents;
mod extreme_artwork;
mod http;
mod inspectors;
mod multipart;
mod picture_hashes;
mod probe_exif;
mod probe_fixtures;
mod probe_hostile;
mod probe_reads;
mod probe_shared;
mod rendition;
mod rendition_memory;
mod renditions;
mod server;
mod shared_memory;
mod storage_cloud;
mod storage_contract;
mod storage_crash;
mod storage_faults;
mod storage_local;
mod storage_operations;
mod storage_power;
mod storage_reserved;
mod uploader;
mod vectors;
mod warnings;

/// Counts the allocations of each thread, for the tests that bound them.
#[global_allocator]
static ALLOCATOR: common::memory::Counting = common::memory::Counting;
