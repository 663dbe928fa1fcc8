//! Which types may cross threads: the promise of the crate, as a table.

use homebound::*;

trait AmbiguousIfSend<A> {
    fn check() {}
}
impl<T: ?Sized> AmbiguousIfSend<()> for T {}
struct IsSend;
impl<T: ?Sized + Send> AmbiguousIfSend<IsSend> for T {}

trait AmbiguousIfSync<A> {
    fn check() {}
}
impl<T: ?Sized> AmbiguousIfSync<()> for T {}
struct IsSync;
impl<T: ?Sized + Sync> AmbiguousIfSync<IsSync> for T {}

fn send<T: Send>() {}
fn sync<T: Sync>() {}

macro_rules! table {
    ($($type:ty: $send:tt & $sync:tt;)*) => {
        $(table!(@send $send $type); table!(@sync $sync $type);)*
    };
    (@send Send $type:ty) => { send::<$type>() };
    (@send NoSend $type:ty) => { let _ = <$type as AmbiguousIfSend<_>>::check; };
    (@sync Sync $type:ty) => { sync::<$type>() };
    (@sync NoSync $type:ty) => { let _ = <$type as AmbiguousIfSync<_>>::check; };
}

type NotSend = std::rc::Rc<()>;

#[test]
fn only_addresses_cross_threads() {
    table! {
        EventLoop: NoSend & NoSync;
        LoopHandle: NoSend & NoSync;
        EventLoopBuilder: Send & Sync;
        LoopProxy: Send & Sync;
        LocalJoinHandle<u32>: NoSend & NoSync;
        LoopExistsError: Send & Sync;
        PostError<u32>: Send & Sync;
        PostError<NotSend>: NoSend & NoSync;
        TurnBudget: Send & Sync;
        Dispatched: Send & Sync;
        Idle: Send & Sync;
        Owner<u32>: NoSend & NoSync;
        ObjectRef<'static, u32>: NoSend & NoSync;
        ObjectRefMut<'static, u32>: NoSend & NoSync;
        Handle<u32>: Send & Sync;
        Handle<NotSend>: Send & Sync;
        RemoteOwner<u32>: Send & Sync;
        RemoteOwner<NotSend>: Send & Sync;
        MovableOwner<u32>: Send & Sync;
        MovableOwner<std::cell::Cell<u32>>: Send & Sync;
        Home: Send & Sync;
        ObjectId: Send & Sync;
        Signal<u32>: NoSend & NoSync;
        SignalId: Send & Sync;
        SignalBlocker<u32>: Send & Sync;
        Next<u32>: Send & Sync;
        Emitter<u32>: Send & Sync;
        Emitter<std::cell::Cell<u32>>: Send & Sync;
        Connection: Send & Sync;
        ConnectionGuard: Send & Sync;
        Connecting<'static, u32>: NoSend & NoSync;
        ConnectOptions: Send & Sync;
        ConnectError: Send & Sync;
        Counters: Send & Sync;
        Delivery: Send & Sync;
        Edges: Send & Sync;
        Overflow: Send & Sync;
        EmitInfo: Send & Sync;
        EmitReport: Send & Sync;
        Refused: Send & Sync;
        Reply<u32>: Send & Sync;
        ReplyError: Send & Sync;
        Timer: NoSend & NoSync;
        Tick: Send & Sync;
        MissedTicks: Send & Sync;
        Precision: Send & Sync;
        Sleep: Send & Sync;
        Clock: Send & Sync;
        TestClock: Send & Sync;
        Unhandled: Send & Sync;
    }
}
